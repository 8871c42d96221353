import Llamarada
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
    private var history: StepHistory
    private var places: [ComparedTensor.Phase: [TapPoint: Int]] = [:]

    init(_ comparison: Comparison, total: Int) {
        self.comparison = comparison
        self.total = total
        history = StepHistory(layerCount: comparison.actual.configuration.layerCount)
    }

    /// A pass over some tokens begins.
    func begin(_ pass: Comparison.Pass) {
        self.pass = pass
        history.begin(pass.tokens, at: pass.position)
    }

    /// Takes the next tensor of both sides: (tokens, columns).
    func compare(expected: TappedTensor, actual: TappedTensor) {
        guard failure == nil else { return }
        guard !expected.isMissing else { return skip(expected) }
        let index = index(of: actual)
        tensors[index].endToEnd.add(expected: expected.matrix, actual: actual.matrix, firstToken: pass.position)
        if actual.point.activation == .logits {
            logits.add(expected: expected.matrix, actual: actual.matrix, firstToken: pass.position)
        }
        do {
            try runAlone(actual, index, expected: expected)
        } catch { failure = error }
        skip(expected)
    }

    /// Takes a tensor of the expected side that the other one does not show, or that it lacks itself.
    func skip(_ tensor: TappedTensor) {
        if !tensor.isMissing { history.note(tensor) }
        done += 1
        progress?(done, total)
    }

    /// Runs the actual side's operation on the expected side's input.
    private func runAlone(_ tensor: TappedTensor, _ index: Int, expected: TappedTensor) throws {
        guard let replay = comparison.replay else { return }
        // Parts of a trace do not do for an operation whose input is in another.
        if comparison.kind == .trace && history.availableInput(of: tensor) == nil { return }
        let error = try ownError(tensor, expected: expected.matrix, replay, tensors[index].bound)
        tensors[index].alone = tensors[index].alone ?? OwnError()
        tensors[index].alone?.formUnion(error)
        guard tensor.operation.isFused, tensors[index].isCause else { return }
        tensors[index].inside = try bisect(expected, replay)
    }

    private func ownError(
        _ tensor: TappedTensor, expected: Matrix, _ replay: any OperationReplay, _ bound: ErrorBound?
    ) throws -> OwnError {
        var input = history.input(of: tensor)
        let found = try replay.replay(tensor.operation, input, as: tensor.point)
        var expected = expected
        if case .product = tensor.operation, precision(of: tensor) == .int8 {
            input.matrices = input.matrices.map(Reference.int8Rows)
            if comparison.kind == .reference {
                expected = try comparison.formulas.replay(tensor.operation, input, as: tensor.point)
            }
        }
        let magnitudes = try comparison.formulas.magnitudes(tensor.operation, input, expected: expected)
        let error = OwnError(expected: expected, actual: found, magnitudes: magnitudes, firstToken: pass.position)
        guard comparison.kind == .reference, let bound, !(error.share(of: bound) <= 1) else { return error }
        // BLAS sums in f32, too: nothing is blamed before f64 agrees.
        let exact = try comparison.formulas.exactly(tensor.operation, input, as: tensor.point)
        return OwnError(expected: exact, actual: found, magnitudes: magnitudes, firstToken: pass.position)
    }

    /// Which of the plain operations that a fused one stands for are right by themselves on the same device.
    private func bisect(_ product: TappedTensor, _ replay: any OperationReplay) throws -> [ComparedTensor.Part] {
        let norm = product.inputs.compactMap { history.tensor(at: $0) }
        return try (norm + [product]).map { plain in
            let bound = plain.operation.bound(precision(of: plain))
            let error = try ownError(plain, expected: plain.matrix, replay, bound)
            return .init(kernel: plain.operation.kernel(pass.phase), isRight: error.share(of: bound) <= 1)
        }
    }

    /// The place of a tensor among those of its phase; chunks of one prompt share it.
    private func index(of tensor: TappedTensor) -> Int {
        if let known = places[pass.phase]?[tensor.point] { return known }
        let weight = comparison.formulas.weight(of: tensor.operation)
        tensors.append(
            ComparedTensor(
                phase: pass.phase, point: tensor.point, columns: tensor.matrix.columns,
                kernel: tensor.operation.kernel(pass.phase, precision(of: tensor)),
                weight: weight.map { ($0.name, $0.elementType.name) }, bound: bound(tensor)))
        places[pass.phase, default: [:]][tensor.point] = tensors.count - 1
        return tensors.count - 1
    }

    /// Decoding is exact whatever prompts are, and so are the head and products with weights that a class would harm.
    private func precision(of tensor: TappedTensor) -> PrecisionClass {
        guard pass.phase == .prompt, tensor.point.layer != nil,
            comparison.formulas.weight(of: tensor.operation)?.elementType.serves(comparison.precision) ?? true
        else { return .exact }
        return comparison.precision
    }

    private func bound(_ tensor: TappedTensor) -> ErrorBound? {
        let bound = tensor.operation.bound(precision(of: tensor))
        switch comparison.kind {
        case .reference: return bound
        // Both sides may be off, to either side: twice the error, four times its square.
        case .devices: return ErrorBound(nmse: 4 * bound.nmse, element: 2 * bound.element)
        case .files, .trace: return nil
        }
    }
}
