import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// Options of `bench` for one operation alone.
struct KernelBenchArguments: ParsableArguments {
    @Option(
        name: .customLong("op"),
        help: .init(
            "Measure one operation without a model: \(KernelOperation.allValueStrings.joined(separator: ", ")).",
            valueName: "op"))
    var operation: KernelOperation?

    @Option(
        help: .init(
            "With --op: types of the weights, with commas between, of \(ElementTypes.allValueStrings.joined(separator: ", ")). (default: all)",
            valueName: "types"))
    var type: ElementTypes?

    @Option(
        help: .init(
            "With --op: rows and columns of the weights; several with commas between. (default: 4096x4096)",
            valueName: "RxC"))
    var shape: MatrixShapes?

    @Option(
        parsing: .unconditional,
        help: .init("With --op: tokens that are multiplied at once. (default: 1)", valueName: "tokens"))
    var columns: Sweep?

    @Option(
        help: .init(
            "With --op: tiles and splits: those that the device runs with, for CPUs, for GPUs, or all: \(TuningChoice.allValueStrings.joined(separator: ", ")). (default: own)",
            valueName: "tuning"))
    var tuning: TuningChoice?

    func validate() throws {
        guard operation != nil else {
            let others: [(String, Bool)] = [
                ("--type", type != nil), ("--shape", shape != nil), ("--columns", columns != nil),
                ("--tuning", tuning != nil),
            ]
            if let first = others.first(where: \.1) { throw ValidationError("\(first.0) goes with --op.") }
            return
        }
        if let wrong = columns?.values.first(where: { !(1...4096).contains($0) }) {
            throw ValidationError("--columns must be from 1 to 4096, not \(wrong).")
        }
        for shape in shapes {
            // All types of the default fit some shapes only; types that were asked for must fit.
            if let wrong = (type?.types ?? []).first(where: { shape.columns % $0.blockElementCount != 0 }) {
                throw ValidationError(
                    "--shape \(shape): rows of \(wrong) are whole blocks of \(wrong.blockElementCount) columns.")
            }
        }
    }

    private var shapes: [MatrixShapes.Shape] { shape?.shapes ?? [.init(rows: 4096, columns: 4096)] }

    /// Every combination.
    func benchmarks(_ operation: KernelBenchmark.Operation) -> [KernelBenchmark] {
        (type?.types ?? ElementType.allCases).flatMap { type in
            shapes.filter { $0.columns % type.blockElementCount == 0 }.flatMap { shape in
                (columns?.values ?? [1]).map {
                    KernelBenchmark(operation, type, rows: shape.rows, columns: shape.columns, tokens: $0)
                }
            }
        }
    }

    /// The tunings to try on a device.
    func tunings(_ device: Device) -> [(name: String, tuning: KernelTuning)] {
        let all = KernelTuning.named(device)
        return switch tuning ?? .own {
        case .own: Array(all.prefix(1))
        case .all: all
        case .narrow: all.filter { $0.name == "narrow" }
        case .wide: all.filter { $0.name == "wide" }
        }
    }
}

/// The word after `--op`.
struct KernelOperation: ExpressibleByArgument {
    let operation: KernelBenchmark.Operation

    init?(argument: String) {
        let name = argument.lowercased()
        guard let operation = KernelBenchmark.Operation.allCases.first(where: { $0.rawValue.lowercased() == name })
        else { return nil }
        self.operation = operation
    }

    static var allValueStrings: [String] { KernelBenchmark.Operation.allCases.map(\.rawValue) }
}

/// The value of `--type`: `Q4_0,Q4_K`.
struct ElementTypes: ExpressibleByArgument {
    let types: [ElementType]

    init?(argument: String) {
        let names = argument.uppercased().split(separator: ",", omittingEmptySubsequences: false)
        types = names.compactMap { name in ElementType.allCases.first { $0.name == name } }
        if types.isEmpty || types.count != names.count { return nil }
    }

    static var allValueStrings: [String] { ElementType.allCases.map(\.name) }
}

/// The value of `--shape`: `4096x4096,11008x4096`.
struct MatrixShapes: ExpressibleByArgument {
    struct Shape: CustomStringConvertible {
        let rows: Int
        let columns: Int

        var description: String { "\(rows)x\(columns)" }
    }

    /// Neither dimension is larger than any model's.
    private static let limit = 1 << 20

    let shapes: [Shape]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        shapes = parts.compactMap { part in
            let numbers = part.split(separator: "x", omittingEmptySubsequences: false)
            let sizes = numbers.compactMap { text in
                text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
            }
            guard numbers.count == 2, sizes.count == 2, sizes.allSatisfy({ (1...Self.limit).contains($0) }) else {
                return nil
            }
            return Shape(rows: sizes[0], columns: sizes[1])
        }
        if shapes.isEmpty || shapes.count != parts.count { return nil }
    }

    static var allValueStrings: [String] { ["ROWSxCOLUMNS, such as 4096x4096 or 4096x4096,4096x11008"] }
}

/// The word after `--tuning`.
enum TuningChoice: String, ExpressibleByArgument, CaseIterable {
    case own, narrow, wide, all
}
