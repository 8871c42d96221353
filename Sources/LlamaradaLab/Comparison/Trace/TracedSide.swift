import Llamarada
import LlamaradaTensors
import LlamaradaText

/// A trace as one side of a comparison: it computes nothing and shows what the files hold, in the order of computation.
///
/// A tensor that the files lack is shown without rows.
final class TracedSide: TappedTransformer {
    let configuration: ModelConfiguration
    /// Results alone: a trace has nothing else.
    var tap: Tap?

    private let trace: Trace

    init(_ trace: Trace, _ configuration: ModelConfiguration) {
        self.trace = trace
        self.configuration = configuration
    }

    var contextLength: Int { trace.tokens.count }
    var tappedChunk: Int { trace.tokens.count }

    /// Shows the tensors of the pass at `position`; returns no logits.
    func forward(_ tokens: [TokenID], at position: Int, logits: LogitsRequest) throws -> Matrix {
        let nothing = Matrix(rows: 0, columns: 0, values: [])
        guard case .results(let show) = tap, let pass = trace.manifest.passes.first(where: { $0.position == position })
        else {
            return nothing
        }
        let file = try trace.open(pass)
        for step in trace.outline.steps {
            let tensor = file.tensor(named: step.point.traceName)
            let matrix = try tensor.map {
                Matrix(rows: $0.rowCount, columns: $0.columnCount, values: try file.floats(of: $0))
            }
            show(
                TappedTensor(
                    point: step.point, operation: step.operation, inputs: step.inputs, matrix: matrix ?? nothing))
        }
        return nothing
    }
}

extension TappedTensor {
    /// Whether a trace lacks it.
    var isMissing: Bool { matrix.rows == 0 }
}
