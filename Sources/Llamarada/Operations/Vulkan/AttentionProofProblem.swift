package import LlamaradaDevice

/// Attention by which kernels are proved on a device: two sequences in one step, and rows that fill it up between them.
package struct AttentionProofProblem: Sendable {
    let shape: AttentionShape
    let type: KVCacheType

    init(_ shape: AttentionShape, _ type: KVCacheType) { (self.shape, self.type) = (shape, type) }

    /// Of the largest result: weights of two kernels are rounded to f16 from different maxima, by 2⁻¹¹ of themselves.
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
        func words(_ step: Int) -> [UInt32] {
            let floats = Self.floats(2 * Self.pageCount * Self.pageSize * shape.kvDim, step: step, scale: 1)
            return CachedValues.words(floats, type, headDim: shape.headDim)
        }
        let tables = Self.rows.map { row in row.sequence.map { UInt32($0 * Self.pageCount) } ?? CacheRows.noTable }
        let pages = (0..<2).flatMap { sequence in (0..<Self.pageCount).map { UInt32(2 * $0 + sequence) } }
        return Inputs(
            problem: self, device: device,
            q: try upload(Self.floats(Self.rows.count * shape.heads * shape.headDim, step: 37, scale: 3)),
            keys: try upload(words(29)), values: try upload(words(41)),
            rows: CacheRows(
                positions: try upload(Self.rows.map { UInt32($0.position) }), tables: try upload(tables),
                pages: try upload(pages), pageSize: Self.pageSize))
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
            q, keys: keys, problem.type, values: values, problem.type, rows: rows, from: first, shape: problem.shape,
            depth: AttentionProofProblem.depth, precision: .half, into: attended)
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
