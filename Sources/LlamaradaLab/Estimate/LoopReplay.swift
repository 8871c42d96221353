/// One subgroup alone going through a loop, in the order of its instructions: how long an iteration takes it.
package struct LoopReplay: Sendable {
    /// Cycles from a load to its bytes, where they come from memory and where from a cache.
    package var memoryLatency: Int
    package var cachedLatency: Int
    /// Cycles from a load of shared memory or constants, or a slow instruction, to its result.
    package static let sharedLatency = 30

    package init(memoryLatency: Int, cachedLatency: Int) {
        (self.memoryLatency, self.cachedLatency) = (memoryLatency, cachedLatency)
    }

    /// Cycles of the third iteration, the first two of which filled what overlaps.
    ///
    /// - Parameter isStreamed: whether a load's bytes come from memory, each once.
    package func cycles(_ body: [MachineInstruction], isStreamed: (MachineLoad) -> Bool) -> Int {
        var state = State()
        var last = 0
        for _ in 0..<3 {
            last = state.now
            state.narrow = [:]
            for instruction in body { step(&state, instruction, isStreamed) }
        }
        return max(1, state.now - last)
    }

    /// What is under way.
    private struct State {
        var now = 0
        var queues: [MachineLoad.Queue: [Int]] = [:]
        var tokens: [Int: Int] = [:]
        /// When the iteration's lines of a binding come that is read in pieces of less than a word, which share them.
        var narrow: [Int: Int] = [:]
    }

    private func step(_ state: inout State, _ instruction: MachineInstruction, _ isStreamed: (MachineLoad) -> Bool) {
        for wait in instruction.waits {
            switch wait {
            case .token(let token): state.now = max(state.now, state.tokens[token] ?? 0)
            case .queue(let queue, let pending):
                let loads = state.queues[queue] ?? []
                state.now = max(state.now, loads.dropLast(pending).max() ?? 0)
                state.queues[queue] = Array(loads.suffix(pending))
            }
        }
        let end = end(&state, instruction, isStreamed)
        if let queue = instruction.load?.queue { state.queues[queue, default: []].append(end) }
        if let token = instruction.token { state.tokens[token] = max(state.tokens[token] ?? 0, end) }
        state.now += instruction.delay
    }

    /// When the instruction's result is there.
    private func end(
        _ state: inout State, _ instruction: MachineInstruction, _ isStreamed: (MachineLoad) -> Bool
    ) -> Int {
        guard let load = instruction.load else { return state.now + Self.sharedLatency }
        guard isStreamed(load) else { return state.now + cachedLatency }
        guard load.byteCount < 4, let binding = load.binding else { return state.now + memoryLatency }
        let line = state.narrow[binding] ?? state.now + memoryLatency
        state.narrow[binding] = line
        return max(line, state.now + cachedLatency)
    }
}
