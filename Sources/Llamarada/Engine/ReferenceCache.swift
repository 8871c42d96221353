/// Keys and values on the CPU, of one sequence or in pages of many; it grows with what is written.
package struct ReferenceCache {
    /// For each layer (places, kvHeads · headDim), keys rotated.
    private var keys: [[Float]]
    private var values: [[Float]]

    private let keyType: KVCacheType
    private let valueType: KVCacheType
    private let headDim: Int

    init(layerCount: Int, headDim: Int, keyType: KVCacheType, valueType: KVCacheType) {
        self.headDim = headDim
        keys = Array(repeating: [], count: layerCount)
        values = Array(repeating: [], count: layerCount)
        self.keyType = keyType
        self.valueType = valueType
    }

    /// The type that keeps fewest bits.
    package var coarsestType: KVCacheType {
        let types = [keyType, valueType]
        return types.contains(.q8_0) ? .q8_0 : types.contains(.f16) ? .f16 : .f32
    }

    /// One half of a layer's cache: (places, kvHeads · headDim).
    package subscript(side: CacheSide, layer: Int) -> [Float] {
        get { side == .keys ? keys[layer] : values[layer] }
        set { if side == .keys { keys[layer] = newValue } else { values[layer] = newValue } }
    }

    /// Copies the first rows of one place to another, in some layers.
    mutating func copy(_ count: Int, from source: Int, to target: Int, columns: Int, layers: [Int]) {
        func copy(_ rows: inout [Float]) {
            let (from, to) = (source * columns, target * columns)
            if rows.count < to + count * columns {
                rows += [Float](repeating: 0, count: to + count * columns - rows.count)
            }
            rows.replaceSubrange(to..<to + count * columns, with: rows[from..<from + count * columns])
        }
        for layer in layers {
            copy(&keys[layer])
            copy(&values[layer])
        }
    }

    /// Fills rows with NaN, as far as they are there, in some layers.
    mutating func poison(_ count: Int, from place: Int, columns: Int, layers: [Int]) {
        func poison(_ rows: inout [Float]) {
            let range = (place * columns..<(place + count) * columns).clamped(to: 0..<rows.count)
            rows.replaceSubrange(range, with: repeatElement(.nan, count: range.count))
        }
        for layer in layers {
            poison(&keys[layer])
            poison(&values[layer])
        }
    }

    /// Writes (tokens, kvHeads · headDim) rows to their places, and returns what is cached of them.
    mutating func write(_ rows: Matrix, _ side: CacheSide, layer: Int, places: [Int]) -> Matrix {
        let type = side == .keys ? keyType : valueType
        // In place: a copy of the whole cache for each token would be most of the work.
        switch side {
        case .keys: Reference.cacheWrite(rows, into: &keys[layer], at: places, type: type, headDim: headDim)
        case .values: Reference.cacheWrite(rows, into: &values[layer], at: places, type: type, headDim: headDim)
        }
        return Matrix(rows: rows.rows, columns: rows.columns, values: type.rounded(rows.values, headDim: headDim))
    }
}
