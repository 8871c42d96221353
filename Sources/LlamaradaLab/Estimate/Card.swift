/// A graphics card as its datasheet describes it, for estimates of what nobody here can measure.
package struct Card: Sendable, Equatable {
    /// Who makes the GPU, which decides how its machine code is read and how instructions are issued.
    package enum Maker: Sendable, Equatable { case amd, intel, nvidia }

    /// As it is sold.
    package var name: String
    /// As `AbsentGPU` calls it.
    package var gpu: String
    package var maker: Maker
    /// Bytes a second of its memory.
    package var bandwidth: Double
    /// Compute units (AMD), multiprocessors (NVIDIA), vector engines (Intel).
    package var units: Int
    /// Hz, the datasheet's for a busy card: boost (AMD: game clock is lower, boost is what a memory-bound kernel sees).
    package var clock: Double
    /// Parts of a unit that issue instructions of their own: AMD's SIMD units, NVIDIA's quarters.
    package var parts: Int
    /// Subgroups that a part holds at most.
    package var subgroupsPerPart: Int
    /// Workgroups that a unit holds at most; nil where that is no limit.
    package var workgroupsPerUnit: Int?
    /// Lanes of one of a part's units for f32.
    package var lanes: Int
    /// Nanoseconds to bytes that a cache beside the unit holds.
    package var cachedLatency: Double

    /// The cards that Mesa compiles for here. Bandwidths, units and clocks are those of the makers' datasheets.
    package static let all = [
        Card(
            name: "RX 6800 XT", gpu: "navi21", maker: .amd, bandwidth: 512e9, units: 72, clock: 2.25e9, parts: 2,
            subgroupsPerPart: 16, lanes: 32, cachedLatency: 30),
        Card(
            name: "RX 6700 XT", gpu: "navi22", maker: .amd, bandwidth: 384e9, units: 40, clock: 2.58e9, parts: 2,
            subgroupsPerPart: 16, lanes: 32, cachedLatency: 30),
        Card(
            name: "RX 7900 XTX", gpu: "navi31", maker: .amd, bandwidth: 960e9, units: 96, clock: 2.5e9, parts: 2,
            subgroupsPerPart: 16, lanes: 32, cachedLatency: 30),
        Card(
            name: "Arc A770", gpu: "dg2", maker: .intel, bandwidth: 560e9, units: 512, clock: 2.1e9, parts: 1,
            subgroupsPerPart: 8, lanes: 8, cachedLatency: 80),
        Card(
            name: "Arc B580", gpu: "bmg", maker: .intel, bandwidth: 456e9, units: 160, clock: 2.67e9, parts: 1,
            subgroupsPerPart: 8, lanes: 16, cachedLatency: 80),
        Card(
            name: "RTX 2080 Ti", gpu: "turing", maker: .nvidia, bandwidth: 616e9, units: 68, clock: 1.545e9, parts: 4,
            subgroupsPerPart: 8, workgroupsPerUnit: 16, lanes: 16, cachedLatency: 30),
        Card(
            name: "RTX 3090", gpu: "ampere", maker: .nvidia, bandwidth: 936e9, units: 82, clock: 1.695e9, parts: 4,
            subgroupsPerPart: 12, workgroupsPerUnit: 16, lanes: 32, cachedLatency: 30),
        Card(
            name: "RTX 4090", gpu: "ada", maker: .nvidia, bandwidth: 1008e9, units: 128, clock: 2.52e9, parts: 4,
            subgroupsPerPart: 12, workgroupsPerUnit: 24, lanes: 32, cachedLatency: 30),
    ]

    /// The card of a GPU's name; nil where none is known.
    package static func named(_ gpu: String) -> Card? { all.first { $0.gpu == gpu.lowercased() } }

    /// Whether estimates are figures or only ranks: of llama.cpp's kernels they meet what people measured on AMD's and
    /// NVIDIA's cards within 20 %, on Intel's not (docs/performance.md).
    package var isRankOnly: Bool { maker == .intel }

    /// Everything that issues instructions.
    package var issuers: Int { units * parts }

    /// The machine code in the driver's text.
    package func code(_ text: String, subgroup: Int) -> MachineCode {
        switch maker {
        case .amd: .radv(text, lanes: subgroup)
        case .intel: .gen(text, lanes: lanes)
        case .nvidia: .nak(text)
        }
    }
}

/// What holds for every card alike, and why; docs/performance.md says where the numbers are from.
package enum EstimateConstants {
    /// Nanoseconds to bytes of a memory that is busy.
    package static let memoryLatency = 700.0
    /// The part of a datasheet's bandwidth that the best kernels known reach.
    package static let reachableBandwidth = 0.94
    /// Seconds from the end of what is before a barrier to the start of what is behind it.
    package static let barrier = 1.3e-6
    /// Seconds until a kernel's first bytes are there, when nothing else is under way.
    package static let ramp = memoryLatency * 1e-9
    /// Seconds of the host and the queue for a submission.
    package static let submission = 20e-6
}
