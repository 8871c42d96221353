import LlamaradaDevice

/// How long one dispatch takes on a card, by what its machine code says.
package struct KernelEstimate: Sendable {
    /// What a dispatch is bound by.
    package enum Bound: String, Sendable { case bandwidth, issue, latency }

    package var loops: [HotLoop]
    package var subgroups: Int
    /// Subgroups that the card holds at once.
    package var room: Int
    package var byteCount: Int
    /// Seconds that the memory's bandwidth, the issue of instructions, and the waits of each subgroup want.
    package var bandwidth: Double
    package var issue: Double
    package var latency: Double
    /// The part of the cycles of issue that matrix units are busy for; nil where none are used.
    package var matrixShare: Double?

    package init(_ work: KernelWork, on card: Card) {
        let replay = LoopReplay(
            memoryLatency: Int(EstimateConstants.memoryLatency * 1e-9 * card.clock),
            cachedLatency: Int(card.cachedLatency * 1e-9 * card.clock))
        loops = HotLoop.all(of: work, replay: replay)
        subgroups = work.subgroups
        room = card.room(for: work)
        byteCount = work.byteCount
        bandwidth = Double(work.byteCount) / (card.bandwidth * EstimateConstants.reachableBandwidth)
        let issued = loops.reduce(0.0) { $0 + $1.iterations * Double($1.counts.issueCycles(on: card)) }
        let multiplied = loops.reduce(0.0) { $0 + $1.iterations * Double($1.counts.matrixCycles) }
        matrixShare = multiplied > 0 ? multiplied / issued : nil
        issue = issued * max(1, Double(work.subgroups) / Double(card.issuers)) / card.clock
        let waited = loops.reduce(0.0) { $0 + $1.iterations * Double($1.cycles) }
        latency = waited * max(1, Double(work.subgroups) / Double(max(1, room))) / card.clock
    }

    /// Work that moves bytes and of which nothing else is known: copies.
    package init(byteCount: Int, on card: Card) {
        (loops, subgroups, room, issue, latency) = ([], 0, 0, 0, 0)
        self.byteCount = byteCount
        bandwidth = Double(byteCount) / (card.bandwidth * EstimateConstants.reachableBandwidth)
    }

    package var seconds: Double { max(bandwidth, issue, latency) }

    package var bound: Bound {
        if bandwidth >= max(issue, latency) { .bandwidth } else if issue >= latency { .issue } else { .latency }
    }

    /// Bytes under way on the whole card at once, of which bandwidth × latency are needed (Little 1961).
    package var bytesInFlight: Int {
        let most = loops.max { $0.iterations * Double($0.byteCount) < $1.iterations * Double($1.byteCount) }
        return min(subgroups, room) * (most?.bytesInFlight ?? 0)
    }
}

extension Card {
    /// Subgroups of a kernel that the card holds at once, by registers, shared memory and the number of workgroups.
    func room(for work: KernelWork) -> Int {
        var perUnit = parts * min(subgroupsPerPart, registerRoom(work))
        let group = work.subgroupsPerWorkgroup
        if let workgroupsPerUnit { perUnit = min(perUnit, workgroupsPerUnit * group) }
        // A workgroup is in one unit whole; Intel's are spread over the engines of a core.
        if maker != .intel, group > 1 { perUnit = max(group, perUnit / group * group) }
        return units * max(1, perUnit)
    }

    /// By registers alone, as the driver says. RADV counts subgroups of 32 lanes: one of 64 takes two places.
    private func registerRoom(_ work: KernelWork) -> Int {
        guard let told = work.figures.subgroupsPerSIMD else { return subgroupsPerPart }
        return max(1, maker == .amd && work.subgroup > 32 ? told / 2 : told)
    }
}
