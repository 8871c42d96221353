package import LlamaradaDevice

/// How attention of prompts is cut into the matrices that a device's subgroups multiply. One for each head dimension: sums
/// follow it.
package struct AttentionTile: Equatable {
    /// A matrix of scores or results is (rows, tokens), a sum over `columns`.
    let shape: MatrixTile.Shape
    let subgroupSize: Int
    /// Subgroups beside one another along queries, of which each has `shape.rows`.
    let rowSubgroups: Int
    /// Subgroups that share queries, each of which has a part of a block's keys and of the results' elements.
    let parts: Int
    /// Keys of a block.
    let blockKeys: Int
    /// Whether queries lie in shared memory, not in registers.
    let isStaged: Bool
    private let headDim: Int

    var queries: Int { rowSubgroups * shape.rows }
    var lanes: Int { rowSubgroups * parts * subgroupSize }

    /// How many tiles there are to try: some count twice on devices that have fewer.
    package static let count = 4

    /// The first that a device can run, or the one whose place in the list is given; nil where it has no matrices of f16
    /// with f32 sums, or none that fit the head dimension and shared memory.
    package init?(headDim: Int, forced: Int? = nil, on device: Device) {
        guard let shape = MatrixTile.shape(device), headDim % 16 == 0, headDim > 0 else { return nil }
        let tiles = Self.tiles(shape, headDim: headDim).compactMap { tile in
            AttentionTile(
                shape, subgroupSize: MatrixTile.subgroupSize(shape, device), rowSubgroups: tile.rows,
                blockKeys: tile.keys, isStaged: tile.isStaged, headDim: headDim)
        }.filter {
            $0.lanes <= device.description.maxWorkgroupInvocations
                && $0.sharedByteCount <= device.description.sharedMemoryByteCount
        }
        guard let first = tiles.first else { return nil }
        self = forced.map { tiles[$0 % tiles.count] } ?? first
    }

    /// Matrices of 16 × 16 leave registers for the queries of a head of 128 elements, Intel's of 8 rows for none.
    private static func tiles(
        _ shape: MatrixTile.Shape, headDim: Int
    ) -> [(rows: Int, keys: Int, isStaged: Bool)] {
        if shape.rows == 16 {
            let inRegisters = [(4, 32, false), (2, 32, false)]
            let staged = [(2, 16, true), (1, 16, true)]
            return headDim <= 128 ? inRegisters + staged : staged
        }
        return [(8, 32, true), (4, 32, true), (4, 16, true), (2, 16, false)]
    }

    private init?(
        _ shape: MatrixTile.Shape, subgroupSize: Int, rowSubgroups: Int, blockKeys: Int, isStaged: Bool, headDim: Int
    ) {
        let (sums, keys) = (headDim / shape.tokens, blockKeys / shape.tokens)
        let possible = [1, 2, 4].filter {
            sums % $0 == 0 && keys % $0 == 0 && subgroupSize * $0 % shape.rows == 0
                && blockKeys / 4 % (subgroupSize * $0 / shape.rows) == 0
        }
        guard [shape.rows, shape.tokens, shape.columns].allSatisfy({ blockKeys % $0 == 0 }),
            // Intel's compiler keeps sums twice across a loop: the fewer a subgroup has, the more registers are left.
            let parts = shape.rows == 16 ? possible.first : possible.last
        else { return nil }
        self.shape = shape
        self.subgroupSize = subgroupSize
        self.rowSubgroups = rowSubgroups
        self.parts = parts
        self.blockKeys = blockKeys
        self.isStaged = isStaged
        self.headDim = headDim
    }

    /// The bytes of shared memory that the kernel declares, and what compilers may leave between its arrays.
    private var sharedByteCount: Int {
        let rowByteCount = 2 * headDim + 16
        let keys = blockKeys * rowByteCount
        let values = headDim * (2 * blockKeys + 16)
        let scores = queries * (4 * blockKeys + 16)
        let weights = queries * 2 * blockKeys
        return keys + values + scores + weights + (isStaged ? queries * rowByteCount : 16)
            + 4 * (queries + 2 + rowSubgroups * parts) + 64
    }
}
