import Llamarada
package import LlamaradaDevice
import LlamaradaTensors
import LlamaradaThreads

/// One case on a device: its buffers between guards, the runs, and the comparison.
///
/// All buffers lie in one allocation, each between words of NaN: a kernel that reads beyond an input shows in its
/// result, one that writes beyond an output changes a guard. Outputs hold another NaN beforehand.
package final class Trial {
    /// What lies behind inputs: NaN as one f32 or as two f16 or bf16.
    private static let inputGuard: UInt32 = 0x7FFF_7FFF
    /// What lies behind outputs: a NaN of its own, since arithmetic passes on that of inputs.
    private static let outputGuard: UInt32 = 0x7FE5_FEA5
    /// Another NaN: what outputs hold before a run.
    package static let poison: UInt32 = 0x7FED_FEED
    /// Words that every binding's offset is a multiple of; 256 bytes is the most that a device may demand.
    private static let alignment = 64

    /// An output of two runs.
    package struct Output<Element: BitwiseCopyable> {
        fileprivate var words: [Range<Int>]
        /// The buffer of each run.
        package var views: [View<Element>]
    }

    let device: Device
    let isLarge: Bool
    private let check: CheckCase
    private let staging: StagingRing
    private let memory: CheckMemory
    let tunings: [(name: String, tuning: KernelTuning)]
    private var inputs: [Range<Int>] = []
    private var weights: [Range<Int>] = []
    private var outputs: [[Range<Int>]] = []
    private var used = 0
    private var committed = 0
    private(set) var measurements: [(tuning: String, measurement: Measurement)] = []

    init(
        _ check: CheckCase, on device: Device, staging: StagingRing, memory: CheckMemory,
        tunings: [(name: String, tuning: KernelTuning)]
    ) {
        self.check = check
        self.device = device
        self.staging = staging
        self.memory = memory
        self.tunings = tunings
        isLarge = check.isLarge
        guardUp(to: Self.alignment, Self.outputGuard)
    }

    /// Random numbers that only depend on the case.
    var random: CheckRandom { CheckRandom(seed: check.seed) }

    // MARK: Buffers

    /// A buffer that kernels read.
    package func input<Element: BitwiseCopyable>(_ values: [Element]) -> View<Element> {
        let words = reserve(Element.self, count: values.count)
        values.withUnsafeBytes { UnsafeMutableRawBufferPointer(before(words)).copyMemory(from: $0) }
        inputs.append(words)
        return view(words)
    }

    /// A buffer that kernels write, once for each of two runs; `initial` where they change what is there.
    package func output<Element: BitwiseCopyable>(_ type: Element.Type, count: Int, initial: [Element]? = nil)
        -> Output<
            Element
        >
    {
        let copies = (0..<2).map { _ in
            let words = reserve(Element.self, count: count, guardedBy: Self.outputGuard)
            before(words).update(repeating: Self.poison)
            initial?.withUnsafeBytes { UnsafeMutableRawBufferPointer(before(words)).copyMemory(from: $0) }
            return words
        }
        outputs.append(copies)
        return Output(words: copies, views: copies.map { view($0) })
    }

    /// Weights, re-laid and uploaded as a model's are.
    ///
    /// - Parameter shardByteCount: makes shards where the device needs none.
    func matrix(_ rows: QuantizedRows, shardByteCount: Int = .max) throws -> WeightMatrix {
        try matrix(joining: [rows], shardByteCount: shardByteCount)
    }

    /// Matrices joined to one.
    func matrix(joining parts: [QuantizedRows], shardByteCount: Int = .max) throws -> WeightMatrix {
        let matrix = try WeightMatrix(
            parts[0].elementType, joining: parts.map { rows in WeightPart(rows: rows.rows, read: rows.copy) },
            columns: parts[0].columns, name: "weights", on: device, staging: staging, shardByteCount: shardByteCount,
            allocate: { count in
                let words = self.reserve(UInt32.self, count: count)
                self.weights.append(words)
                try self.commit()
                return self.view(words)
            })
        try staging.finish()
        return matrix
    }

    /// Weights too large for the trial's memory, made as they are uploaded.
    func largeMatrix(
        _ type: ElementType, rows: Int, columns: Int,
        read: @escaping @Sendable (Range<Int>, UnsafeMutableRawBufferPointer) -> Void
    ) throws -> WeightMatrix {
        let staging = StagingRing(device)
        let matrix = try WeightMatrix(
            type, rows: rows, columns: columns, name: "large weights", on: device, staging: staging,
            team: .forLoading, read: read)
        try staging.finish()
        return matrix
    }

    private func reserve<Element>(
        _ type: Element.Type, count: Int, guardedBy word: UInt32 = inputGuard
    ) -> Range<Int> {
        let wordCount = (count * MemoryLayout<Element>.stride + 3) / 4
        let words = used..<used + wordCount
        // At least 16 guard words behind it.
        let end = Grid.divideRoundingUp(words.upperBound + 16, Self.alignment) * Self.alignment
        guardUp(to: end, word)
        return words
    }

    private func guardUp(to end: Int, _ word: UInt32) {
        precondition(end <= memory.before.count, "\(check): \(4 * end) bytes do not fit the trial's memory")
        before(used..<end).update(repeating: word)
        used = end
    }

    private func view<Element>(_ words: Range<Int>) -> View<Element> { memory.device[words].bound(to: Element.self) }
    private func before(_ words: Range<Int>) -> UnsafeMutableBufferPointer<UInt32> {
        UnsafeMutableBufferPointer(rebasing: memory.before.elements[words])
    }
    private func after(_ words: Range<Int>) -> UnsafeMutableBufferPointer<UInt32> {
        UnsafeMutableBufferPointer(rebasing: memory.after.elements[words])
    }

    /// Sends what was reserved since the last time.
    private func commit() throws {
        guard committed < used else { return }
        var pass = Pass(device)
        pass.copy(memory.before.view[committed..<used], to: memory.device[committed..<used])
        try memory.before.flush()
        try device.run(pass)
        committed = used
    }

    // MARK: Runs

    /// Runs the kernel twice with each tuning and measures every time.
    ///
    /// - Parameters:
    ///   - record: appends the kernel, on the outputs' `views[copy]`.
    ///   - measure: compares what `values` gives with what was expected.
    package func run(_ record: (_ pass: inout Pass, _ copy: Int) -> Void, measure: () -> Measurement) throws {
        for (name, tuning) in tunings {
            try commit()
            var pass = Pass(device)
            pass.scope = "check"
            pass.tuning = tuning
            for words in outputs.joined() { pass.copy(memory.before.view[words], to: memory.device[words]) }
            for copy in 0..<2 { record(&pass, copy) }
            pass.copy(memory.device[0..<used], to: memory.after.view[0..<used])
            try device.run(pass)
            try memory.after.invalidate()
            var measurement = measure()
            inspectMemory(&measurement)
            measurements.append((name, measurement))
        }
    }

    /// What the first run wrote.
    package func values<Element>(_ output: Output<Element>) -> [Element] {
        guard let words = output.words.first else { return [] }
        return Array(UnsafeRawBufferPointer(after(words)).bindMemory(to: Element.self))
    }

    private func inspectMemory(_ measurement: inout Measurement) {
        for words in inputs { measurement.changedInputCount += differences(before(words), after(words)) }
        for copies in outputs { measurement.unrepeatedCount += differences(after(copies[0]), after(copies[1])) }
        var end = 0
        let buffers = (inputs + weights + outputs.joined()).sorted { $0.lowerBound < $1.lowerBound }
        for start in buffers.map(\.lowerBound) + [used] {
            measurement.changedGuardCount += differences(before(end..<start), after(end..<start))
            end = buffers.first { $0.lowerBound == start }?.upperBound ?? used
        }
    }

    private func differences(
        _ a: UnsafeMutableBufferPointer<UInt32>, _ b: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        zip(a, b).count { $0 != $1 }
    }
}

extension QuantizedRows {
    /// Copies the blocks of some rows, as a file's reader does.
    fileprivate func copy(_ range: Range<Int>, to target: UnsafeMutableRawBufferPointer) {
        let rowByteCount = bytes.count / rows
        bytes.withUnsafeBytes { bytes in
            target.copyMemory(
                from: UnsafeRawBufferPointer(
                    rebasing: bytes[range.lowerBound * rowByteCount..<range.upperBound * rowByteCount]))
        }
    }
}
