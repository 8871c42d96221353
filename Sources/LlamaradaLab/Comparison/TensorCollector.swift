package import Llamarada
import LlamaradaTensors

/// Takes pairs of tensors as two engines show them, measures each, and runs each operation alone.
final class TensorCollector {
    private(set) var tensors: [ComparedTensor] = []
    private(set) var logits = LogitsDifference()
    /// What went wrong while an operation ran alone.
    private(set) var failure: (any Error)?
    var progress: ((_ done: Int, _ total: Int) -> Void)?

    private let comparison: Comparison
    private let total: Int
    private var done = 0
    private var pass = Comparison.Pass(phase: .prompt, tokens: [], position: 0)
    private var history: OperationHistory
    private var places: [ComparedTensor.Phase: [TapPoint: Int]] = [:]

    init(_ comparison: Comparison, total: Int) {
        self.comparison = comparison
        self.total = total
        history = OperationHistory(layerCount: comparison.actual.configuration.layerCount)
    }

    /// A pass over some tokens begins.
    func begin(_ pass: Comparison.Pass) {
        self.pass = pass
        history.begin(pass.tokens, at: pass.position)
    }

    /// Takes the next tensor of both sides: (tokens, columns).
    func compare(_ point: TapPoint, expected: Matrix, actual: Matrix) {
        guard failure == nil else { return }
        let index = index(of: point, columns: expected.columns)
        tensors[index].endToEnd.add(expected: expected, actual: actual, firstToken: pass.position)
        if point.operation == .logits {
            logits.add(expected: expected, actual: actual, firstToken: pass.position)
        }
        do { try runAlone(point, index, expected: expected) } catch { failure = error }
        history.note(point, expected)
        done += 1
        progress?(done, total)
    }

    /// Runs the actual side's operation on the expected side's input.
    private func runAlone(_ point: TapPoint, _ index: Int, expected: Matrix) throws {
        guard let replay = comparison.replay else { return }
        let input = history.input(of: point)
        let found = try replay.replay(point, input, positions: history.positions)
        let magnitudes = try comparison.formulas.magnitudes(
            point, input, expected: expected, positions: history.positions)
        var error = OwnError(
            expected: expected, actual: found, magnitudes: magnitudes, firstToken: pass.position)
        if comparison.kind == .reference, let bound = tensors[index].bound, !(error.share(of: bound) <= 1) {
            // BLAS sums in f32, too: nothing is blamed before f64 agrees.
            let exact = try comparison.formulas.exactly(point, input, positions: history.positions)
            error = OwnError(expected: exact, actual: found, magnitudes: magnitudes, firstToken: pass.position)
        }
        tensors[index].alone = tensors[index].alone ?? OwnError()
        tensors[index].alone?.formUnion(error)
    }

    /// The place of a tensor among those of its phase; chunks of one prompt share it.
    private func index(of point: TapPoint, columns: Int) -> Int {
        if let known = places[pass.phase]?[point] { return known }
        let weight = comparison.formulas.weight(of: point)
        tensors.append(
            ComparedTensor(
                phase: pass.phase, point: point, columns: columns, kernel: point.operation.kernel(pass.phase),
                weight: weight.map { ($0.name, $0.elementType.name) }, bound: bound(point)))
        places[pass.phase, default: [:]][point] = tensors.count - 1
        return tensors.count - 1
    }

    private func bound(_ point: TapPoint) -> ErrorBound? {
        let bound = point.operation.bound(comparison.precision)
        switch comparison.kind {
        case .reference: return bound
        // Both sides may be off, to either side: twice the error, four times its square.
        case .devices: return ErrorBound(nmse: 4 * bound.nmse, element: 2 * bound.element)
        case .files: return nil
        }
    }
}
