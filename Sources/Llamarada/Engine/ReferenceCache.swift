/// The keys and values of one sequence on the CPU; it grows with the sequence.
package struct ReferenceCache {
    /// For each layer (positions, kvHeads · headDim), keys rotated.
    private var keys: [[Float]]
    private var values: [[Float]]
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

    /// Whether keys or values are kept in fewer bits than they are computed in.
    package var isRounding: Bool { keyType != .f32 || valueType != .f32 }

    /// One half of a layer's cache: (positions, kvHeads · headDim).
    package subscript(side: CacheSide, layer: Int) -> [Float] {
        get { side == .keys ? keys[layer] : values[layer] }
        set { if side == .keys { keys[layer] = newValue } else { values[layer] = newValue } }
    }

    /// Writes (tokens, kvHeads · headDim) rows from `position` on, and returns what is cached of them.
    mutating func write(_ rows: Matrix, _ side: CacheSide, layer: Int, at position: Int) -> Matrix {
        let type = side == .keys ? keyType : valueType
        // In place: a copy of the whole cache for each token would be most of the work.
        switch side {
        case .keys: Reference.cacheWrite(rows, into: &keys[layer], at: position, type: type)
        case .values: Reference.cacheWrite(rows, into: &values[layer], at: position, type: type)
        }
        return Matrix(rows: rows.rows, columns: rows.columns, values: rows.values.map(type.rounded))
    }
}
