package import Llamarada
package import LlamaradaDevice
package import LlamaradaTensors

/// One operation alone, without a model: times a product of random weights.
package struct KernelBenchmark: Sendable {
    /// Operations that can be timed, by their stems.
    package enum Operation: String, CaseIterable, Sendable {
        /// A matrix times one token, or as decoding takes a few of them.
        case matVec = "MatVec"
        /// A matrix times any number of tokens.
        case matMul = "MatMul"
    }

    package var operation: Operation
    package var elementType: ElementType
    /// Of the weights; `columns` are whole blocks.
    package var rows: Int
    package var columns: Int
    /// Tokens that are multiplied at once.
    package var tokens: Int

    package init(_ operation: Operation, _ elementType: ElementType, rows: Int, columns: Int, tokens: Int) {
        self.operation = operation
        self.elementType = elementType
        self.rows = rows
        self.columns = columns
        self.tokens = tokens
    }

    /// Together the copies of the weights are larger than most caches, as those of a model are; but no more than so many.
    private static let footprint = 128 << 20
    private static let mostCopies = 32
    /// Runs that are timed, and their time, in nanoseconds, at least.
    private static let leastRuns = 5
    private static let leastTime = 50e6

    /// Times the operation with each of the tunings.
    ///
    /// - Parameter show: gets each result when it is there.
    /// - Throws: `DeviceError`, such as where the weights do not fit, and what `show` throws.
    package func run(
        on device: Device, tunings: [(name: String, tuning: KernelTuning)], leastRuns: Int = 0,
        show: (KernelTiming) throws -> Void
    ) throws {
        let copies = try weights(on: device)
        let x = try device.allocate(Float.self, count: tokens * columns, name: "activations")
        try device.upload((0..<x.count).map { Float($0 * 37 % 61 - 30) / 32 }, to: x)
        let product = try device.allocate(Float.self, count: tokens * rows, name: "products")
        for (name, tuning) in tunings {
            var pass = Pass(device)
            pass.scope = "a benchmark of \(operation.rawValue)"
            pass.tuning = tuning
            for weights in copies { append(weights, x, product, to: &pass) }
            let runs = max(leastRuns, Self.leastRuns)
            try show(KernelTiming(self, tuning: name, pass, copies, samples: Self.time(pass, copies.count, runs: runs)))
        }
    }

    private func append(_ weights: WeightMatrix, _ x: View<Float>, _ product: View<Float>, to pass: inout Pass) {
        switch operation {
        case .matVec: pass.matVec(weights, x, count: tokens, into: product)
        case .matMul: pass.matMul(weights, x, tokens: tokens, into: product)
        }
    }

    /// Copies of one matrix of random weights, so that one product finds nothing in the caches of the one before.
    private func weights(on device: Device) throws -> [WeightMatrix] {
        let byteCount = WeightMatrix.byteCount(elementType, rows: rows, columns: columns)
        let count = max(1, min(Self.mostCopies, Self.footprint / max(1, byteCount)))
        let staging = StagingRing(device)
        let copies = try (0..<count).map { copy in
            try WeightMatrix(
                elementType, rows: rows, columns: columns, name: "weights", on: device, staging: staging
            ) { range, bytes in
                // Other copies are filled from the first.
                guard copy == 0 else { return }
                var blocks = RandomBlocks(
                    elementType, deviation: 1 / Double(columns).squareRoot(), seed: UInt64(range.lowerBound))
                blocks.fill(bytes)
            }
        }
        try staging.finish()
        for copy in copies.dropFirst() {
            var pass = Pass(device)
            for (from, to) in zip(copies[0].shards, copy.shards) { pass.copy(from.words, to: to.words) }
            try device.run(pass)
        }
        return copies
    }

    /// Nanoseconds of single operations, by the device's clock where it has one, else the mean of each run, which has
    /// `count` of them; after one run that is not counted.
    private static func time(_ pass: Pass, _ count: Int, runs: Int) throws -> [Double] {
        let timing: TimingMode? = pass.device.hasTimestamps ? .serialized : nil
        let sequence = try CommandSequence(pass, timing: timing)
        try sequence.run()
        var samples: [Double] = []
        let begin = MonotonicClock.nanoseconds()
        var run = 0
        while run < runs || MonotonicClock.nanoseconds() - begin < leastTime {
            let start = MonotonicClock.nanoseconds()
            try sequence.run()
            let host = MonotonicClock.nanoseconds() - start
            let spans = try sequence.timings().spans.map(\.nanoseconds)
            samples += spans.isEmpty ? [host / Double(count)] : operations(spans, count)
            run += 1
        }
        return samples
    }

    /// The times of whole operations, each of which may be several dispatches.
    private static func operations(_ spans: [Double], _ count: Int) -> [Double] {
        let dispatches = max(1, spans.count / count)
        return stride(from: 0, to: spans.count - dispatches + 1, by: dispatches).map {
            spans[$0..<$0 + dispatches].reduce(0, +)
        }
    }
}

/// How long one operation took with one tuning.
package struct KernelTiming: Sendable {
    package let benchmark: KernelBenchmark
    /// The tuning's name.
    package let tuning: String
    /// The kernel that ran and its variant, such as "MatVec Q4_0".
    package let kernel: String
    /// The specialisation constants, such as "lanes=8 splits=1".
    package let constants: String
    /// The median.
    package let nanoseconds: Double
    /// The shortest, which says more on a busy machine.
    package let shortest: Double
    /// How many operations were timed.
    package let sampleCount: Int
    /// Whether by the device's clock.
    package let isDeviceTime: Bool
    /// Of the weights in device memory: once, and of all copies that took turns.
    package let weightByteCount: Int
    package let footprint: Int
    /// f32 operations.
    package let operationCount: Int

    init(
        _ benchmark: KernelBenchmark, tuning: String, _ pass: Pass, _ copies: [WeightMatrix], samples: [Double]
    ) {
        self.benchmark = benchmark
        self.tuning = tuning
        let dispatch = pass.operations.lazy.compactMap {
            if case .dispatch(let dispatch) = $0 { dispatch } else { nil }
        }
        .first
        kernel = dispatch?.pipeline.name ?? ""
        constants =
            dispatch.map(\.pipeline).map { pipeline in
                zip(pipeline.constantNames, pipeline.key.constants).map { "\($0)=\($1.bits)" }.joined(separator: " ")
            } ?? ""
        nanoseconds = samples.sorted()[samples.count / 2]
        shortest = samples.min() ?? nanoseconds
        sampleCount = samples.count
        isDeviceTime = pass.device.hasTimestamps
        weightByteCount = copies[0].byteCount
        footprint = copies.reduce(0) { $0 + $1.byteCount }
        operationCount = pass.cost.flops / copies.count
    }

    /// Bytes of weights a second.
    package var bandwidth: Double { nanoseconds > 0 ? Double(weightByteCount) / nanoseconds * 1e9 : 0 }
    /// f32 operations a second.
    package var flops: Double { nanoseconds > 0 ? Double(operationCount) / nanoseconds * 1e9 : 0 }
}
