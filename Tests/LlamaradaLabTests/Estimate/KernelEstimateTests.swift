import LlamaradaDevice
import LlamaradaLab
import Testing

/// The model's arithmetic on loops made up for it.
@Suite struct KernelEstimateTests {
    /// A loop of one streamed load of 16 bytes a lane, a wait for it, and `work` instructions.
    private func code(work: Int, loads: Int = 1, kind: MachineInstruction.Kind = .float) -> MachineCode {
        var text = "BB1:\n\ts_load_b128 s[16:19], s[10:11], null ;\n"
        for load in 0..<loads { text += "\tbuffer_load_b128 v[8:11], v\(load), s[16:19], 0 offen ;\n" }
        text += "\ts_waitcnt vmcnt(0) ;\n"
        for _ in 0..<work { text += "\tv_add_f32_e32 v1, v2, v3 ;\n" }
        return MachineCode.radv(text + "\ts_cbranch_scc1 BB1 ;\n", lanes: 32)
    }

    private func work(_ code: MachineCode, workgroups: Int, bytes: Int, statistics: [(String, Double)] = [])
        -> KernelWork
    {
        KernelWork(
            code: code,
            figures: PipelineFigures(
                PipelineStatistics(
                    subgroupSize: 32, statistics: statistics.map { PipelineStatistic(name: $0.0, value: $0.1) })),
            subgroup: 32, workgroup: 32, workgroups: workgroups, byteCount: bytes, readByteCount: bytes,
            readable: [0: bytes, 1: 64])
    }

    private let card = Card.all[0]

    @Test func iterationsFollowFromBytes() throws {
        // 100 waves of 512 bytes a step.
        let estimate = KernelEstimate(work(code(work: 3), workgroups: 100, bytes: 512 * 100 * 7), on: card)
        let loop = try #require(estimate.loops.first)
        #expect(loop.iterations == 7 && loop.byteCount == 512)
        #expect(loop.counts.float == 3 && loop.bytesInFlight == 512 && loop.loadsInFlight == 1)
    }

    /// A product's loops go round by its columns, whatever its bytes, and matrix units are busy for their part of it.
    @Test func tiledProductsGoRoundByTheirColumns() throws {
        var text = "BB1:\n\tv_and_b32_e32 v1, v2, v3 ;\nBB2:\n"
        for _ in 0..<8 { text += "\tv_wmma_f32_16x16x16_f16 v[16:23], v[112:119], v[84:91], v[16:23] ;\n" }
        text += "\tds_load_b128 v[84:87], v1 ;\n\ts_cbranch_scc1 BB2 ;\n"
        for _ in 0..<127 { text += "\tv_and_b32_e32 v1, v2, v3 ;\n" }
        var tiled = work(MachineCode.radv(text + "\ts_cbranch_scc1 BB1 ;\n", lanes: 32), workgroups: 192, bytes: 64)
        tiled.tiles = TiledLoops(slabs: 10, partsOfSlab: 2)
        let card = try #require(Card.named("navi31"))
        let estimate = KernelEstimate(tiled, on: card)
        #expect(estimate.loops.map(\.iterations) == [20, 10])
        #expect(estimate.loops.map(\.counts.matrix) == [8, 0])
        // 20 · 8 · 32 cycles of products, 10 · 128 of others.
        #expect(estimate.matrixShare == 5120.0 / 6400)
        #expect(abs(estimate.issue - 6400 / card.clock) < 1e-12)
    }

    @Test func matrixInstructionsAreKnown() {
        let nvidia = MachineCode.nak(
            """
            block 0 L1 [] -> {
                  r16..20   = hmma.m16n8k16.f32 r4..8 r8..10 r16..20        // delay=1
            } -> []
            """)
        #expect(nvidia.instructions.map(\.kind) == [.matrix] && nvidia.instructions.map(\.issue) == [32])
        let intel = MachineCode.gen("dpas.8x8(8)     g20<1>F  g30<1>F  g40<1>HF  g50<1>HF  { align1 1Q $3 };", lanes: 8)
        #expect(intel.instructions.map(\.kind) == [.matrix])
    }

    @Test func fewWavesAreBoundByLatency() {
        let bytes = 512 * 10 * 100
        let estimate = KernelEstimate(work(code(work: 3), workgroups: 10, bytes: bytes), on: card)
        #expect(estimate.bound == .latency)
        // 100 trips to memory one after the other, and a few cycles each.
        #expect(estimate.latency >= 100 * 700e-9 && estimate.latency < 110 * 700e-9)
        #expect(estimate.bytesInFlight == 10 * 512)
    }

    @Test func moreLoadsAStepHideLatency() {
        let bytes = 512 * 10 * 400
        let one = KernelEstimate(work(code(work: 1), workgroups: 10, bytes: bytes), on: card)
        let four = KernelEstimate(work(code(work: 1, loads: 4), workgroups: 10, bytes: bytes), on: card)
        #expect(four.bytesInFlight == 4 * one.bytesInFlight)
        #expect(one.latency > 3.5 * four.latency && one.latency < 4.5 * four.latency)
    }

    @Test func manyWavesAreBoundByBandwidthAndMuchWorkByIssue() {
        let bytes = 512 * 100_000
        let light = KernelEstimate(work(code(work: 3), workgroups: 10_000, bytes: bytes), on: card)
        #expect(light.bound == .bandwidth && light.seconds == Double(bytes) / (0.94 * card.bandwidth))
        let heavy = KernelEstimate(work(code(work: 3000), workgroups: 10_000, bytes: bytes), on: card)
        #expect(heavy.bound == .issue)
        // 10 iterations of 3000 cycles of 10,000 waves on 144 SIMD units.
        let seconds = 10.0 * 3000 * 10_000 / 144 / card.clock
        #expect(abs(heavy.issue - seconds) < 0.01 * seconds)
    }

    @Test func registersTakeRoom() {
        let full = KernelEstimate(
            work(code(work: 3), workgroups: 9, bytes: 4096, statistics: [("Subgroups per SIMD", 16)]), on: card)
        let half = KernelEstimate(
            work(code(work: 3), workgroups: 9, bytes: 4096, statistics: [("Subgroups per SIMD", 8)]), on: card)
        #expect(full.room == 72 * 32 && half.room == 72 * 16)
    }

    @Test func sideBySideAddsBytesAndOverlapsWaits() {
        let estimate = KernelEstimate(work(code(work: 3), workgroups: 10, bytes: 512 * 1000), on: card)
        let item = TokenEstimate.Item(name: "a", shape: "", estimate: estimate)
        #expect(TokenEstimate.seconds([item, item]) == estimate.latency)
        let copy = TokenEstimate.Item(name: "copy", shape: "", estimate: KernelEstimate(byteCount: 1 << 20, on: card))
        #expect(TokenEstimate.seconds([copy, copy]) == 2 * copy.estimate.bandwidth)
        let token = TokenEstimate(card: card, spans: [[item, item], [], [copy]], submissions: 2)
        #expect(token.dispatches == 3 && token.barriers == 1 && token.rows.map(\.count) == [2, 1])
        #expect(token.byteCount == 2 * 512_000 + 1 << 20)
        let between = 2 * (1.3e-6 + 0.7e-6) + 2 * 20e-6
        #expect(abs(token.overheadSeconds - between) < 1e-12)
        #expect(token.seconds == token.kernelSeconds + token.overheadSeconds)
    }

    @Test func narrowLoadsShareTheirLines() {
        let replay = LoopReplay(memoryLatency: 1000, cachedLatency: 10)
        func cycles(_ bytes: Int) -> Int {
            let load = MachineInstruction(.load(MachineLoad(bytes, binding: 0)), token: 1)
            let wait = MachineInstruction(.float, waits: [.token(1)])
            return replay.cycles([load, wait, load, wait], isStreamed: { _ in true })
        }
        #expect(cycles(16) > 2000 && cycles(2) < 1100)
    }

    @Test func everyCardHasAName() {
        #expect(Set(Card.all.map(\.gpu)).count == Card.all.count)
        #expect(Card.named("ADA")?.name == "RTX 4090" && Card.named("voodoo2") == nil)
    }
}
