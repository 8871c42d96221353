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
        guard let input = availableInput(of: tensor) else { preconditionFailure("\(tensor.point) before its inputs") }
        return input
    }

    /// The same; nil where a part of it was not shown.
    func availableInput(of tensor: TappedTensor) -> ReplayInput? {
        let inputs = tensor.inputs.compactMap { shown[$0]?.matrix }
        guard inputs.count == tensor.inputs.count else { return nil }
        var input = ReplayInput(step: step, matrices: inputs)
        guard case .attention(let shape, let layer) = tensor.operation else { return input }
        (input.keys, input.values) = (keys[layer], values[layer])
        let cached = ((step.positions.last ?? 0) + 1) * shape.kvDim
        return input.keys.count == cached && input.values.count == cached ? input : nil
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
