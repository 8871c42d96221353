package import Llamarada
package import LlamaradaText

/// Remembers what an engine showed of a running pass, so that any operation can be run again on exactly its input.
///
/// It keeps one layer's tensors, and the cached keys and values of every layer in f32.
package struct StepHistory {
    /// The tokens of the running pass, and the position of each.
    package private(set) var step = ReferenceOperations.Step([], at: 0)
    private var shown: [TapPoint: TappedTensor] = [:]
    private var last: TapPoint?
    private var keys: [[Float]]
    private var values: [[Float]]

    package init(layerCount: Int) {
        keys = Array(repeating: [], count: layerCount)
        values = keys
    }

    /// A pass over `tokens` begins.
    package mutating func begin(_ tokens: [TokenID], at position: Int) {
        step = .init(tokens, at: position)
        shown = [:]
        last = nil
    }

    /// Takes in what the engine showed. Ask for an operation's input first.
    package mutating func note(_ tensor: TappedTensor) {
        if let last, last.layer != tensor.point.layer { shown = shown.filter { $0.key == last } }
        shown[tensor.point] = tensor
        last = tensor.point
        switch tensor.operation {
        case .cacheWrite(.keys, let layer): keys[layer] += tensor.matrix.values
        case .cacheWrite(.values, let layer): values[layer] += tensor.matrix.values
        default: break
        }
    }

    /// A tensor of the running layer, or the last one of the layer before.
    func tensor(at point: TapPoint) -> TappedTensor? { shown[point] }

    /// What an operation reads, if the engine whose history this is were to run it next.
    package func input(of tensor: TappedTensor) -> ReplayInput {
        let inputs = tensor.inputs.map { point in
            guard let earlier = shown[point] else { preconditionFailure("\(tensor.point) before \(point)") }
            return earlier.matrix
        }
        var input = ReplayInput(step: step, matrices: inputs)
        if case .attention(_, let layer) = tensor.operation {
            (input.keys, input.values) = (keys[layer], values[layer])
        }
        return input
    }
}

/// What one operation reads when it is run alone.
package struct ReplayInput: Sendable {
    package var step: ReferenceOperations.Step
    /// (tokens, columns) each.
    package var matrices: [Matrix]
    /// For attention: the layer's cached keys and values of every position up to the last, (positions, kvDim).
    package var keys: [Float] = []
    package var values: [Float] = []
}

/// Runs operations of one engine one at a time.
package protocol OperationReplay {
    /// The operation's result on `input`: (tokens, columns).
    func replay(_ operation: Operation, _ input: ReplayInput, as point: TapPoint) throws -> Matrix
}
