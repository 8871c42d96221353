package import Llamarada
package import LlamaradaText

/// What one operation of the forward pass reads.
package enum OperationInput {
    case tokens([TokenID])
    /// (tokens, columns) each.
    case one(Matrix)
    case two(Matrix, Matrix)
    /// Rotated queries, and for every position up to the last the cached keys and values: (positions, kvDim).
    case attention(Matrix, keys: [Float], values: [Float])
}

/// Remembers what an engine showed of a running pass, so that any operation can be run again on exactly its input.
///
/// It keeps one tensor an operation, and the cached keys and values of every layer in f32.
package struct OperationHistory {
    /// The tokens of the running pass, and the position of each.
    package private(set) var tokens: [TokenID] = []
    package private(set) var positions: [Int] = []
    private var latest: [TapPoint.Operation: Matrix] = [:]
    private var residual = Matrix(rows: 0, columns: 0, values: [])
    private var keys: [[Float]]
    private var values: [[Float]]

    package init(layerCount: Int) {
        keys = Array(repeating: [], count: layerCount)
        values = keys
    }

    /// A pass over `tokens` begins.
    package mutating func begin(_ tokens: [TokenID], at position: Int) {
        self.tokens = tokens
        positions = Array(position..<position + tokens.count)
    }

    /// Takes in what the engine showed. Ask for an operation's input first.
    package mutating func note(_ point: TapPoint, _ matrix: Matrix) {
        latest[point.operation] = matrix
        switch (point.operation, point.layer) {
        case (.embedding, _), (.afterAttention, _), (.afterFFN, _): residual = matrix
        case (.kCached, let layer?): keys[layer] += matrix.values
        case (.vCached, let layer?): values[layer] += matrix.values
        default: break
        }
    }

    /// What the operation at `point`, the next to be noted, reads.
    package func input(of point: TapPoint) -> OperationInput {
        func tensor(_ operation: TapPoint.Operation) -> Matrix {
            guard let matrix = latest[operation] else { preconditionFailure("\(point) before \(operation)") }
            return matrix
        }
        return switch point.operation {
        case .embedding: .tokens(tokens)
        case .attentionNorm, .ffnNorm, .finalNorm: .one(residual)
        case .q, .k, .v: .one(tensor(.attentionNorm))
        case .qRotated: .one(tensor(.q))
        case .kRotated: .one(tensor(.k))
        case .kCached: .one(tensor(.kRotated))
        case .vCached: .one(tensor(.v))
        case .attention:
            .attention(tensor(.qRotated), keys: keys[point.layer ?? 0], values: values[point.layer ?? 0])
        case .attentionOutput: .one(tensor(.attention))
        case .afterAttention: .two(residual, tensor(.attentionOutput))
        case .gate, .up: .one(tensor(.ffnNorm))
        case .swiglu: .two(tensor(.gate), tensor(.up))
        case .down: .one(tensor(.swiglu))
        case .afterFFN: .two(residual, tensor(.down))
        case .logits: .one(tensor(.finalNorm))
        }
    }
}
