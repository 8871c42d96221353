import LlamaradaDevice

/// How often the loops of a tiled product go round: over slabs of columns, and within a slab over its fours or runs of
/// matrices. Their bytes do not tell, since tiles read the same weights again. Of attention in prompts likewise: over blocks of
/// keys, and within a block over its fours of keys.
package struct TiledLoops: Sendable, Equatable {
    package var slabs: Int
    package var partsOfSlab: Int

    package init(slabs: Int, partsOfSlab: Int) { (self.slabs, self.partsOfSlab) = (slabs, partsOfSlab) }

    /// Nil where the kernel is no tiled product and no attention of prompts: known by the constants that only those have.
    init?(_ dispatch: Pass.Dispatch) {
        let request = dispatch.pipeline
        func constant(_ name: String) -> Int? {
            zip(request.constantNames, request.key.constants).first { $0.0 == name }.map { Int($0.1.bits) }
        }
        if let blockKeys = constant("blockKeys"), blockKeys > 0 {
            let rows = constant("rowSubgroups")
            let queries =
                rows.map { $0 * (constant("matrixRows") ?? 1) }
                ?? (constant("lanes") ?? 1) / max(1, constant("queryLanes") ?? 1)
            guard let blocks = Self.blocks(of: dispatch, queries: queries, blockKeys: blockKeys) else { return nil }
            // Where no matrices are multiplied, keys are taken four at a time.
            self.init(slabs: blocks, partsOfSlab: rows == nil ? blockKeys / 4 : 1)
            return
        }
        guard let slabQuads = constant("slabQuads"), slabQuads > 0, dispatch.push.count >= 8 else { return nil }
        // The second word says how many columns there are.
        let columns = dispatch.push.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) }
        // Integers are multiplied by runs of 16 columns.
        let runQuads = constant("runQuads") ?? (request.name.hasPrefix("Int8MatMul") ? 4 : 1)
        self.init(
            slabs: Grid.divideRoundingUp(columns, 4 * slabQuads), partsOfSlab: slabQuads / max(1, runQuads))
    }

    /// Blocks of keys that a tile of queries goes through in the mean: those that its last query sees, which is half a tile
    /// behind the middle one. The declared cost says how many scores there are.
    private static func blocks(of dispatch: Pass.Dispatch, queries: Int, blockKeys: Int) -> Int? {
        guard dispatch.push.count >= 20 else { return nil }
        let words = dispatch.push.withUnsafeBytes { bytes in
            (0..<5).map { Int(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
        let (rows, headDim) = ((words[1] - words[0]) * words[2], words[4])
        guard rows > 0 else { return nil }
        let seen = Double(dispatch.cost.flops) / Double((4 * headDim + 4) * rows)
        return max(1, Int(((seen + Double(queries - 1) / 2) / Double(blockKeys)).rounded(.up)))
    }

    /// Whether the code has these loops.
    func areFound(in work: KernelWork) -> Bool {
        loops(of: work, replay: LoopReplay(memoryLatency: 0, cachedLatency: 0)) != nil
    }

    /// The loop over a slab's parts, which multiplies most, and the loop around it, which is all where a slab is one part; nil
    /// where the code has no such loops.
    func loops(of work: KernelWork, replay: LoopReplay) -> [HotLoop]? {
        let loops = work.code.loops
        func multiplications(_ loop: Range<Int>) -> Int {
            let counts = InstructionCounts(work.code.body(loop))
            return counts.matrix > 0 ? 1000 * counts.matrix : counts.float
        }
        func hot(_ loop: Range<Int>, _ iterations: Int) -> HotLoop {
            HotLoop(work.code.body(loop), of: work, iterations: Double(iterations), replay: replay)
        }
        guard let inner = loops.max(by: { multiplications($0) < multiplications($1) }), multiplications(inner) > 0
        else { return nil }
        guard partsOfSlab > 1 else { return [hot(inner, slabs)] }
        guard
            let outer = loops.filter({
                $0 != inner && $0.lowerBound <= inner.lowerBound && inner.upperBound <= $0.upperBound
            })
            .min(by: { $0.count < $1.count })
        else { return nil }
        return [hot(inner, slabs * partsOfSlab), hot(outer, slabs)]
    }
}
