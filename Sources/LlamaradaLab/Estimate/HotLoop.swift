/// A loop that brings a dispatch's bytes, or the whole kernel where it has none.
package struct HotLoop: Sendable, Equatable {
    package var counts: InstructionCounts
    /// Iterations of one subgroup.
    package var iterations: Double
    /// Bytes that one iteration brings a subgroup from memory.
    package var byteCount: Int
    /// Of those, what is under way before the first wait for any of them.
    package var bytesInFlight: Int
    package var loadsInFlight: Int
    /// Cycles of one iteration of a subgroup that is alone.
    package var cycles: Int

    init(_ body: [MachineInstruction], of work: KernelWork, iterations: Double, replay: LoopReplay) {
        counts = InstructionCounts(body)
        self.iterations = iterations
        byteCount = body.reduce(0) { $0 + ($1.load.map(work.streamedByteCount) ?? 0) }
        (loadsInFlight, bytesInFlight) = Self.inFlight(body, work)
        cycles = replay.cycles(body, isStreamed: work.isStreamed)
    }

    /// Streamed loads before the first wait that any of them makes long.
    private static func inFlight(_ body: [MachineInstruction], _ work: KernelWork) -> (Int, Int) {
        var (loads, bytes) = (0, 0)
        var tokens: Set<Int> = []
        var queued = 0
        for instruction in body {
            for wait in instruction.waits {
                switch wait {
                case .token(let token): if tokens.contains(token) { return (loads, bytes) }
                case .queue(.vector, let pending): if queued > pending { return (loads, bytes) }
                case .queue(.scalar, _): continue
                }
            }
            guard let load = instruction.load, work.isStreamed(load) else { continue }
            (loads, bytes) = (loads + 1, bytes + work.streamedByteCount(load))
            if load.queue == .vector { queued += 1 }
            if let token = instruction.token { tokens.insert(token) }
        }
        return (loads, bytes)
    }

    /// The loops that stream a dispatch's bytes: for each binding the one that reads most of it at once, which goes
    /// round as often as the binding's part of all bytes wants it to.
    static func all(of work: KernelWork, replay: LoopReplay) -> [HotLoop] {
        if let tiled = work.tiles?.loops(of: work, replay: replay) { return tiled }
        let bodies = work.code.loops.map(work.code.body)
        var bindings: [Int: Set<Int>] = [:]
        for binding in work.streamed {
            let byteCounts = bodies.map { body in
                body.reduce(0) { $0 + ($1.load.map { $0.binding == binding ? $0.byteCount : 0 } ?? 0) }
            }
            guard let most = byteCounts.max(), most > 0, let loop = byteCounts.firstIndex(of: most) else { continue }
            bindings[loop, default: []].insert(binding)
        }
        guard !bindings.isEmpty else { return [whole(work, replay)] }
        let streamed = Double(work.streamed.reduce(0) { $0 + (work.readable[$1] ?? 0) })
        return bindings.sorted { $0.key < $1.key }.map { loop, bindings in
            let part = Double(bindings.reduce(0) { $0 + (work.readable[$1] ?? 0) }) / streamed
            return hot(bodies[loop], part * Double(work.readByteCount), work, replay)
        }
    }

    private static func hot(
        _ body: [MachineInstruction], _ byteCount: Double, _ work: KernelWork, _ replay: LoopReplay
    ) -> HotLoop {
        var loop = HotLoop(body, of: work, iterations: 1, replay: replay)
        let atOnce = Double(loop.byteCount * max(1, work.subgroups))
        loop.iterations = atOnce > 0 ? max(1, byteCount / atOnce) : 1
        return loop
    }

    /// A kernel whose loops are not known goes once through all of them, or as often as its bytes want it to.
    private static func whole(_ work: KernelWork, _ replay: LoopReplay) -> HotLoop {
        hot(work.code.instructions, Double(work.readByteCount), work, replay)
    }
}
