/// Finds a piece's id from its bytes, without making an array for every question.
///
/// Open addressing with linear probing, at most half full. The hash is the standard library's seeded one, so that no
/// vocabulary can be built to collide. Of equal pieces the last is found, as llama.cpp does (some published files do
/// repeat pieces).
struct PieceTable: Sendable {
    private var pieces = ByteStrings()
    private var ids: [TokenID] = []
    /// Index into `pieces` and `ids`; -1 is free.
    private var slots: [Int32]
    private let mask: Int
    /// The longest piece, in bytes: longer questions need no look.
    private(set) var longest = 0

    /// Holds the pieces at `indices`; their ids are their indices.
    init(pieces all: [[UInt8]], indices: [Int]) {
        var capacity = 16
        while capacity < indices.count * 2 { capacity *= 2 }
        slots = Array(repeating: -1, count: capacity)
        mask = capacity - 1
        ids.reserveCapacity(indices.count)
        pieces.reserve(count: indices.count, byteCount: indices.reduce(0) { $0 + all[$1].count })
        for index in indices { insert(all[index], id: TokenID(index)) }
    }

    private mutating func insert(_ piece: [UInt8], id: TokenID) {
        longest = max(longest, piece.count)
        let slot = piece.withUnsafeBytes { slotHolding($0) }
        if slots[slot] >= 0 {
            ids[Int(slots[slot])] = id
        } else {
            slots[slot] = Int32(ids.count)
            ids.append(id)
            pieces.append(piece)
        }
    }

    /// The slot that holds the piece, or the free one where it would go.
    private func slotHolding(_ piece: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: piece)
        var slot = hasher.finalize() & mask
        while slots[slot] >= 0, !pieces.matches(Int(slots[slot]), piece) { slot = (slot + 1) & mask }
        return slot
    }

    /// The id of the piece with exactly these bytes.
    func id(of piece: UnsafeRawBufferPointer) -> TokenID? {
        guard piece.count <= longest else { return nil }
        let index = slots[slotHolding(piece)]
        return index < 0 ? nil : ids[Int(index)]
    }

    /// The id of the piece with exactly these bytes.
    func id(of piece: ArraySlice<UInt8>) -> TokenID? {
        piece.withUnsafeBytes { id(of: $0) }
    }

    /// The id of the piece with exactly these bytes.
    func id(of piece: [UInt8]) -> TokenID? {
        piece.withUnsafeBytes { id(of: $0) }
    }
}
