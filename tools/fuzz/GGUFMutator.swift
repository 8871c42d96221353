/// Mutates a GGUF file by its structure: what stays whole gets past the parser's first checks, to those behind them.
///
/// Every operation works on the fields that `GGUFLayout` finds and leaves the bytes as they are where it finds none.
struct GGUFMutator {
    typealias Operation = (inout GGUFMutator) -> Void
    /// What targets put behind the bytes in the place of tensors: more than those of a fixture have.
    static let zeros = 1 << 20

    var bytes: [UInt8]
    var layout: GGUFLayout
    var random: SplitMix

    init(_ bytes: [UInt8], random: SplitMix) {
        self.bytes = bytes
        layout = GGUFLayout(bytes)
        self.random = random
    }

    /// One operation, seldom two.
    mutating func mutate() {
        let groups = [Self.numberOperations, Self.textOperations, Self.entryOperations, Self.valueOperations]
        for _ in 0...(Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0) {
            groups.randomElement(using: &random)?.randomElement(using: &random)?(&self)
            layout = GGUFLayout(bytes)
        }
    }
}

extension GGUFMutator {
    /// Counts, lengths, types, dimensions, offsets, alignments.
    static var numberOperations: [Operation] {
        [
            { $0.changeNumber { _, random in extremes.randomElement(using: &random) ?? 0 } },
            { $0.changeNumber { number, random in number &+ UInt64(bitPattern: .random(in: -2...2, using: &random)) } },
            { $0.changeNumber { number, random in number ^ 1 << UInt64.random(in: 0..<64, using: &random) } },
            { $0.changeNumber { number, random in Bool.random(using: &random) ? number &* 2 : number / 2 } },
            { $0.reachEnd() },
            { $0.changeType(.valueType, among: 0...13) },
            { $0.changeType(.tensorType, among: 0...40) },
            { $0.cutAtField() },
        ]
    }

    /// Zero, and what lies about the limits of the types and of the parser.
    static let extremes: [UInt64] =
        [31, 32, 61, 62, 63].flatMap { shift in [-1, 0, 1].map { 1 << UInt64(shift) &+ UInt64(bitPattern: $0) } }
        + [0, 1, 2, 3, 4, 5, 31, 32, 64, 256, 257, 4096, 4097, 65_535, 65_536, 1 << 20, 1 << 56, .max, .max - 31]

    private mutating func changeNumber(_ change: (UInt64, inout SplitMix) -> UInt64) {
        let numbers = layout.fields.filter { $0.kind != .text }
        // Half of the time all kinds are equally likely, because a vocabulary has more lengths than a file has counts.
        let kind = Bool.random(using: &random) ? numbers.map(\.kind).distinct.randomElement(using: &random) : nil
        let candidates = numbers.filter { kind == nil || $0.kind == kind }
        guard let field = candidates.randomElement(using: &random) else { return }
        write(change(GGUFLayout.number(bytes, field.range), &random), at: field.range)
    }

    /// Moves a tensor to about the end of the file, with the zeros that the target puts behind it and without.
    private mutating func reachEnd() {
        guard let tensor = layout.tensors.randomElement(using: &random) else { return }
        let room = bytes.count - layout.end + (Bool.random(using: &random) ? Self.zeros : 0)
        let offset = room / 32 * 32 + 32 * Int.random(in: -8...1, using: &random)
        write(UInt64(max(0, offset)), at: tensor.offset)
    }

    private mutating func changeType(_ kind: GGUFLayout.Kind, among types: ClosedRange<UInt64>) {
        guard let field = layout.fields.filter({ $0.kind == kind }).randomElement(using: &random) else { return }
        write(.random(in: types, using: &random), at: field.range)
    }

    /// Ends the file at a field's first byte, or one beside it.
    private mutating func cutAtField() {
        guard let field = layout.fields.randomElement(using: &random) else { return }
        let length = field.range.lowerBound + Int.random(in: -1...1, using: &random)
        bytes.removeLast(bytes.count - min(bytes.count, length))
    }

    func number(at range: Range<Int>) -> UInt64 { GGUFLayout.number(bytes, range) }

    /// Writes as many of a number's bytes as the field has.
    mutating func write(_ number: UInt64, at range: Range<Int>) {
        for (index, byte) in zip(range, Self.encoded(number)) { bytes[index] = byte }
    }

    static func encoded(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func encoded(_ text: String) -> [UInt8] { encoded(UInt64(text.utf8.count)) + Array(text.utf8) }
}

extension [GGUFLayout.Kind] {
    fileprivate var distinct: [GGUFLayout.Kind] {
        reduce(into: []) { kinds, kind in if !kinds.contains(kind) { kinds.append(kind) } }
    }
}

/// Random numbers that a seed determines (splitmix64), so that a mutation can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
