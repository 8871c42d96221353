package import LlamaradaDevice

/// Attention by which kernels are proved on a device: two sequences in one step, and rows that fill it up between them.
package struct AttentionProofProblem: Sendable {
    let shape: AttentionShape
    let (keyType, valueType): (KVCacheType, KVCacheType)
    /// Whether nearly all weight is on the first position, whose value is 0, so that results are those of small weights.
    let hasSink: Bool

    init(_ shape: AttentionShape, _ keyType: KVCacheType, _ valueType: KVCacheType, hasSink: Bool = false) {
        (self.shape, self.keyType, self.valueType, self.hasSink) = (shape, keyType, valueType, hasSink)
    }

    /// So far above the others that their weights, about 2⁻²⁰, would be subnormal in f16.
    private static let sinkScore = 14.0
    /// Of the largest result: weights of two kernels are rounded to f16 from different maxima, by 2⁻¹¹ of themselves but
    /// for the least.
    private static let tolerance: Float = 1e-3
    private static let pageSize = 32
    /// Pages of each sequence, which lie in turns.
    private static let pageCount = 5

    /// More than a tile from the beginning on, and less than one within a text.
    private static let rows: [(sequence: Int?, position: Int)] =
        (0..<71).map { (0, $0) } + (0..<3).map { (nil, $0) } + (93..<124).map { (1, $0) }

    /// Positions that the deepest row sees.
    fileprivate static let depth = (rows.map(\.position).max() ?? 0) + 1

    /// A row to be computed alone, too, and not only behind others: the last.
    static let last = rows.count - 1

    /// On a device.
    package struct Inputs {
        fileprivate let problem: AttentionProofProblem
        fileprivate let device: Device
        fileprivate let q: View<Float>
        fileprivate let (keys, values): (View<UInt32>, View<UInt32>)
        fileprivate let rows: CacheRows
    }

    func inputs(on device: Device) throws -> Inputs {
        func upload<Element: BitwiseCopyable>(_ values: [Element]) throws -> View<Element> {
            let view = try device.allocate(Element.self, count: values.count, name: "attention to prove kernels by")
            try device.upload(values, to: view)
            return view
        }
        var q = Self.floats(Self.rows.count * shape.heads * shape.headDim, step: 37, scale: 3)
        let count = 2 * Self.pageCount * Self.pageSize * shape.kvDim
        var (keys, values) = (Self.floats(count, step: 29, scale: 1), Self.floats(count, step: 41, scale: 1))
        if hasSink { sink(&q, &keys, &values) }
        func words(_ floats: [Float], _ type: KVCacheType) -> [UInt32] {
            CachedValues.words(floats, type, headDim: shape.headDim)
        }
        let tables = Self.rows.map { row in row.sequence.map { UInt32($0 * Self.pageCount) } ?? CacheRows.noTable }
        let pages = (0..<2).flatMap { sequence in (0..<Self.pageCount).map { UInt32(2 * $0 + sequence) } }
        return Inputs(
            problem: self, device: device,
            q: try upload(q), keys: try upload(words(keys, keyType)), values: try upload(words(values, valueType)),
            rows: CacheRows(
                positions: try upload(Self.rows.map { UInt32($0.position) }), tables: try upload(tables),
                pages: try upload(pages), pageSize: Self.pageSize))
    }

    /// By the first element of queries and keys, which others have for nothing else.
    private func sink(_ q: inout [Float], _ keys: inout [Float], _ values: inout [Float]) {
        for index in stride(from: 0, to: q.count, by: shape.headDim) { q[index] = 4 }
        for index in stride(from: 0, to: keys.count, by: shape.headDim) { keys[index] = 0 }
        for sequence in 0..<2 {
            let first = sequence * Self.pageSize * shape.kvDim
            for index in first..<first + shape.kvDim { (keys[index], values[index]) = (0, 0) }
            for index in stride(from: first, to: first + shape.kvDim, by: shape.headDim) {
                keys[index] = Float(Self.sinkScore / (4 * shape.scale))
            }
        }
    }

    private static func floats(_ count: Int, step: Int, scale: Float) -> [Float] {
        (0..<count).map { scale * Float(($0 * step + $0 / 61) % 61 - 30) / 32 }
    }

    /// Whether two results are the same but for what rounds weights.
    static func agree(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = a.reduce(0) { max($0, $1.magnitude) }
        return largest.isNormal && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * largest }
    }
}

extension AttentionProofProblem.Inputs {
    /// Appends attention of the half class of the rows from `first` on, by what the pass's tuning takes for it.
    package func attend(_ pass: inout Pass, from first: Int, into attended: View<Float>) {
        pass.attention(
            q, keys: keys, problem.keyType, values: values, problem.valueType, rows: rows, from: first,
            shape: problem.shape, depth: AttentionProofProblem.depth, precision: .half, into: attended)
    }

    /// (rows, heads, headDim), of which all was NaN.
    func attended(from first: Int = 0, _ attend: AttentionUnits.Attention) throws -> [Float] {
        let attended = try device.allocate(Float.self, count: q.count, name: "attention to prove kernels by")
        try device.upload([Float](repeating: .nan, count: q.count), to: attended)
        var pass = Pass(device)
        pass.scope = "proof of kernels"
        attend(&pass, self, first, attended)
        try device.run(pass)
        return try device.download(attended)
    }
}
