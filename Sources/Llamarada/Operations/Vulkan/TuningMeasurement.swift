package import LlamaradaDevice
package import LlamaradaTensors
import LlamaradaThreads

/// Times a product of one token by the variants that give the same bits, and takes a variant that is faster.
///
/// The weights are larger than most caches, as those of a model are. A variant whose bits differ from those of the
/// device's own is never taken, whatever its speed.
package struct TuningMeasurement {
    /// No variant is begun once so much of `limit` is over.
    package static let limit = Duration.seconds(5)
    /// How much faster a variant must be: less is within what repeated measurements differ by.
    package static let gain = 0.97
    /// 113 MB in Q4_0: within a binding of 128 MiB, the least that Vulkan 1.3 drivers are known to allow.
    private static let (rows, columns) = (24_576, 8_192)
    private static let runs = 5

    private let device: Device
    private let start = ContinuousClock.now
    private let rows: Int
    private let columns: Int
    private let gain: Double

    /// - Parameters:
    ///   - rows: of the weights; `columns` are whole blocks of 256.
    ///   - gain: the share of the best time so far that a variant may take.
    package init(_ device: Device, rows: Int = Self.rows, columns: Int = Self.columns, gain: Double = Self.gain) {
        self.device = device
        self.rows = rows
        self.columns = columns
        self.gain = gain
    }

    /// The fastest choices; nil where the device's memory has no room for the weights.
    package func run() throws -> MeasuredTuning? {
        let own = KernelTuning(device)
        var best = own
        do {
            // 32 weights a step, then 64.
            for type in [ElementType.q4_0, .q4_K] {
                best = try fastest(of: Self.variants(of: best, own: own, type), type)
            }
        } catch let error as DeviceError where error.code == .outOfMemory {
            return nil
        }
        return MeasuredTuning(best)
    }

    /// What is tried, the current choice first: ways to fetch once, then rows a lane by half and twice the tables'.
    private static func variants(of best: KernelTuning, own: KernelTuning, _ type: ElementType) -> [KernelTuning] {
        var found = [best]
        func add(_ change: (inout KernelTuning) -> Void) {
            var tuning = best
            change(&tuning)
            if !found.contains(tuning) { found.append(tuning) }
        }
        if type == .q4_0 {
            add { $0.fetchesTexels.toggle() }
            for rows in neighbours(of: own.vectorRowsPerLane) { add { $0.vectorRowsPerLane = rows } }
        } else {
            for rows in neighbours(of: own.longStepRowsPerLane) { add { $0.longStepRowsPerLane = rows } }
        }
        return found
    }

    private static func neighbours(of rows: Int) -> [Int] { [rows / 2, 2 * rows].filter { 1...8 ~= $0 } }

    /// Nil where a driver refuses a variant: the tables' own works all the same.
    private func measurable(_ body: () throws -> Double) throws -> Double? {
        do { return try body() } catch let error as DeviceError where [.unsupported, .failed].contains(error.code) {
            return nil
        }
    }

    /// The fastest of some variants that give the bits of the first, by a product with weights of a type.
    package func fastest(of variants: [KernelTuning], _ type: ElementType) throws -> KernelTuning {
        let bench = try ProductBench(type, rows: rows, columns: columns, on: device)
        var best = (tuning: variants[0], time: try bench.time(variants[0], runs: Self.runs))
        let expected = try bench.products()
        for tuning in variants.dropFirst() {
            // Half, since compiling a variant may take as long as all before.
            guard ContinuousClock.now - start < Self.limit / 2 else { break }
            guard let time = try measurable({ try bench.time(tuning, runs: Self.runs) }) else { continue }
            if time < gain * best.time, try bench.products() == expected { best = (tuning, time) }
        }
        return best.tuning
    }
}

/// Weights, a token and its product on a device.
private struct ProductBench {
    private let device: Device
    private let weights: WeightMatrix
    private let x: View<Float>
    private let product: View<Float>

    init(_ type: ElementType, rows: Int, columns: Int, on device: Device) throws {
        self.device = device
        let staging = StagingRing(device)
        weights = try WeightMatrix(
            type, rows: rows, columns: columns, name: "weights to tune by", on: device, staging: staging,
            team: .forLoading
        ) { range, bytes in
            // Bits that make no scale infinite: of two bytes none is above 0x3F.
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: (index &+ range.lowerBound) &* 37) & 0x3F
            }
        }
        try staging.finish()
        x = try device.allocate(Float.self, count: columns, name: "activations")
        try device.upload((0..<columns).map { Float($0 * 37 % 61 - 30) / 32 }, to: x)
        product = try device.allocate(Float.self, count: rows, name: "products")
    }

    /// Nanoseconds of the fastest of some runs, after one that is not counted.
    func time(_ tuning: KernelTuning, runs: Int) throws -> Double {
        var pass = Pass(device)
        pass.scope = "tuning"
        pass.tuning = tuning
        pass.matVec(weights, x, into: product)
        let hasClock = device.hasTimestamps
        let sequence = try CommandSequence(pass, timing: hasClock ? .serialized : nil)
        try sequence.run()
        var shortest = Double.infinity
        for _ in 0..<runs {
            let start = ContinuousClock.now
            try sequence.run()
            let host = Double((ContinuousClock.now - start).components.attoseconds) / 1e9
            let spans = hasClock ? try sequence.timings().spans.map(\.nanoseconds) : [host]
            shortest = min(shortest, spans.reduce(0, +))
        }
        return shortest
    }

    /// The bits of the last run's product.
    func products() throws -> [UInt32] { try device.download(product).map(\.bitPattern) }
}
