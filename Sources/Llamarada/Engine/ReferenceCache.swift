/// The keys and values of one sequence on the CPU; it grows with the sequence.
struct ReferenceCache {
    /// For each layer (positions, kvHeads · headDim), rotated.
    private(set) var keys: [[Float]]
    /// For each layer (positions, kvHeads · headDim).
    private(set) var values: [[Float]]
    /// Positions that every layer holds; rows beyond are left over and never read.
    var count = 0

    private let keyType: KVCacheType
    private let valueType: KVCacheType

    init(layerCount: Int, keyType: KVCacheType, valueType: KVCacheType) {
        keys = Array(repeating: [], count: layerCount)
        values = Array(repeating: [], count: layerCount)
        self.keyType = keyType
        self.valueType = valueType
    }

    /// Writes (tokens, kvHeads · headDim) rows of each, from `position` on.
    mutating func write(keys newKeys: Matrix, values newValues: Matrix, layer: Int, at position: Int) {
        Reference.cacheWrite(newKeys, into: &keys[layer], at: position, type: keyType)
        Reference.cacheWrite(newValues, into: &values[layer], at: position, type: valueType)
    }

    /// Cached rows of consecutive positions: (positions, kvHeads · headDim).
    func rows(_ positions: [Int], of cached: [Float], columns: Int) -> Matrix {
        let (first, end) = (positions.first ?? 0, (positions.last ?? -1) + 1)
        return Matrix(
            rows: positions.count, columns: columns, values: Array(cached[first * columns..<end * columns]))
    }
}
