/// A kernel's basic blocks, and which follow which: what loops are made of where a compiler does not write them in one piece.
struct BasicBlocks {
    struct Block {
        var number: Int
        var instructions: [MachineInstruction] = []
        /// Numbers of the blocks that may come next.
        var successors: [Int] = []
    }

    /// In the order of the text.
    private(set) var blocks: [Block] = []

    mutating func begin(_ number: Int) { blocks.append(Block(number: number)) }

    mutating func append(_ instruction: MachineInstruction) {
        if blocks.isEmpty { begin(0) }
        blocks[blocks.count - 1].instructions.append(instruction)
    }

    /// Ends the block that was begun last.
    mutating func end(successors: [Int]) {
        if !blocks.isEmpty { blocks[blocks.count - 1].successors = successors }
    }

    /// The code with every loop in one piece: natural loops (Aho, Sethi, Ullman: Compilers, 10.4), which a compiler may
    /// have torn apart by the code behind them.
    var code: MachineCode {
        var layout = Layout(blocks.map(\.instructions), loops())
        layout.place(Array(blocks.indices), within: nil)
        return layout.code
    }

    /// The places of each loop's blocks by that of its head. A branch back is one to a block that is not behind it.
    private func loops() -> [Int: Set<Int>] {
        let places = Dictionary(blocks.enumerated().map { ($1.number, $0) }) { first, _ in first }
        let successors = blocks.map { $0.successors.compactMap { places[$0] } }
        var predecessors = blocks.map { _ in [Int]() }
        for (place, next) in successors.enumerated() {
            for target in next { predecessors[target].append(place) }
        }
        var loops: [Int: Set<Int>] = [:]
        for (place, next) in successors.enumerated() {
            for head in next where head <= place {
                var body = loops[head] ?? [head]
                var open = [place]
                while let block = open.popLast() {
                    if body.insert(block).inserted { open += predecessors[block] }
                }
                loops[head] = body
            }
        }
        return loops
    }
}

/// Blocks as they are laid out.
private struct Layout {
    private let instructions: [[MachineInstruction]]
    private let loops: [Int: Set<Int>]
    private var placed: Set<Int> = []
    var code = MachineCode()

    init(_ instructions: [[MachineInstruction]], _ loops: [Int: Set<Int>]) {
        (self.instructions, self.loops) = (instructions, loops)
    }

    /// Places blocks in their order, those of each loop together; `head` is that of the loop that they are.
    mutating func place(_ blocks: [Int], within head: Int?) {
        for block in blocks where !placed.contains(block) {
            if block != head, let loop = loops[block] {
                let start = code.instructions.count
                place(loop.sorted(), within: block)
                code.close(start)
            } else {
                placed.insert(block)
                code.instructions += instructions[block]
            }
        }
    }
}
