import Llamarada

/// The log-probabilities of one position in 16 bits a token, as llama.cpp packs them.
///
/// Two f32, `scale` and `floor`, then one u16 a token, made even: log p = scale · code + floor. Tokens more than 16 nats
/// below the likeliest lie on the floor. A code is exact to half of 16 / 65535 nats.
struct CompressedRow {
    private static let depth: Float = 16
    private static let largestCode: Float = 65535
    private static let prefix = 4

    private let scale: Float
    private let floor: Float
    private let codes: UnsafeBufferPointer<UInt16>

    /// Words of 16 bits in a row.
    static func wordCount(_ vocabulary: Int) -> Int { prefix + (vocabulary + 1) / 2 * 2 }
    /// Bytes of a row.
    static func byteCount(_ vocabulary: Int) -> Int { 2 * wordCount(vocabulary) }

    /// Views row `row` of several.
    init(_ rows: UnsafeBufferPointer<UInt16>, row: Int, vocabulary: Int) {
        let start = row * Self.wordCount(vocabulary)
        func float(_ index: Int) -> Float {
            Float(bitPattern: UInt32(rows[start + index]) | UInt32(rows[start + index + 1]) << 16)
        }
        (scale, floor) = (float(0), float(2))
        codes = UnsafeBufferPointer(rebasing: rows[start + Self.prefix..<start + Self.prefix + vocabulary])
    }

    /// Whether no token has a log-probability above 0 (but for rounding) or none at all.
    var isSound: Bool {
        let largest = Double(scale) * Double(codes.max() ?? 0) + Double(floor)
        return scale >= 0 && scale.isFinite && floor.isFinite && largest < 0.01
    }

    /// The log-probability of a token, at least the floor.
    @inline(__always)
    subscript(token: Int) -> Double { Double(scale) * Double(codes[token]) + Double(floor) }

    /// Whether the token's value is only known not to exceed the floor.
    @inline(__always)
    func isOnFloor(_ token: Int) -> Bool { codes[token] == 0 && isDeep }

    /// Whether the row reaches so far down that something may lie below it.
    private var isDeep: Bool { scale * Self.largestCode > Self.depth * 0.999 }

    /// Whether no token is likelier, as far as codes tell.
    func isLikeliest(_ token: Int) -> Bool { codes[token] == codes.max() }

    /// Packs a row of logits.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - words: (wordCount).
    static func compress(_ logits: UnsafeBufferPointer<Float>, into words: UnsafeMutableBufferPointer<UInt16>) {
        let row = LogSoftmax(logits)
        let bottom = max(row.smallest, row.largest - depth)
        let scale = (row.largest - bottom) / largestCode
        let floor = Float(row(bottom))
        words.initialize(repeating: 0)
        for (index, bits) in [scale.bitPattern, floor.bitPattern].enumerated() {
            words[2 * index] = UInt16(truncatingIfNeeded: bits)
            words[2 * index + 1] = UInt16(truncatingIfNeeded: bits >> 16)
        }
        guard scale > 0 else { return }
        let inverse = 1 / scale
        for (index, logit) in logits.enumerated() where logit > bottom {
            words[prefix + index] = UInt16(min(largestCode, (inverse * (logit - bottom)).rounded(.toNearestOrEven)))
        }
    }
}
