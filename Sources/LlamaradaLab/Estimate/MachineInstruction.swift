/// One instruction of a GPU's machine code, as far as an estimate looks at it.
package struct MachineInstruction: Sendable, Equatable {
    /// What computes it.
    package enum Kind: Sendable, Equatable {
        case float, integer
        /// A product of matrices that a subgroup holds together.
        case matrix
        /// Conversions and functions such as exp, which some GPUs compute at a fraction of the usual rate.
        case slow
        /// On values of a whole subgroup, by a unit of its own where there is one.
        case scalar
        case load(MachineLoad)
        case store
        /// Of a workgroup's shared memory.
        case shared
        case branch
    }

    /// What must be there before the instruction begins.
    package enum Wait: Sendable, Equatable {
        /// All but the last few loads of a queue.
        case queue(MachineLoad.Queue, pending: Int)
        /// The last instruction that was given this number.
        case token(Int)
    }

    package var kind: Kind
    /// Cycles that it keeps its unit.
    package var issue: Int
    /// Cycles until a subgroup that is alone begins its next instruction, waits for memory aside.
    package var delay: Int
    package var waits: [Wait] = []
    /// The number under which others wait for its result.
    package var token: Int?

    package init(_ kind: Kind, issue: Int = 1, delay: Int = 1, waits: [Wait] = [], token: Int? = nil) {
        (self.kind, self.issue, self.delay, self.waits, self.token) = (kind, issue, delay, waits, token)
    }

    /// The load, where it is one.
    package var load: MachineLoad? { if case .load(let load) = kind { load } else { nil } }
}

/// A load from memory.
package struct MachineLoad: Sendable, Equatable {
    /// AMD's two kinds of loads, counted apart; other GPUs have tokens instead.
    package enum Queue: Sendable, Hashable { case vector, scalar }

    /// Bytes that a lane loads, or a subgroup where all lanes load the same.
    package var byteCount: Int
    package var isUniform: Bool
    /// The shader's binding; nil where it is not known, or not a buffer of the shader's.
    package var binding: Int?
    package var queue: Queue?

    package init(_ byteCount: Int, isUniform: Bool = false, binding: Int? = nil, queue: Queue? = nil) {
        (self.byteCount, self.isUniform, self.binding, self.queue) = (byteCount, isUniform, binding, queue)
    }
}

/// A kernel's machine code, read from a driver's text.
package struct MachineCode: Sendable, Equatable {
    package var instructions: [MachineInstruction] = []
    /// From a loop's first instruction to behind its branch back, in the order of their ends.
    package var loops: [Range<Int>] = []

    package init() {}

    /// Notes a branch at the last instruction to an earlier one.
    mutating func close(_ start: Int) {
        let loop = start..<instructions.count
        guard !loop.isEmpty else { return }
        // A loop with several ways back to its start is one loop.
        loops.removeAll { $0.lowerBound == start }
        loops.append(loop)
    }

    /// A loop's instructions without those of the loops within it.
    package func body(_ loop: Range<Int>) -> [MachineInstruction] {
        let within = loops.filter {
            $0 != loop && loop.lowerBound <= $0.lowerBound && $0.upperBound <= loop.upperBound
        }
        return loop.filter { index in !within.contains { $0.contains(index) } }.map { instructions[$0] }
    }
}
