/// Damage to a file without regard to its structure.
extension [UInt8] {
    /// Changes, adds or takes away a few bytes somewhere.
    mutating func mutate(using generator: inout SplitMix) {
        guard !isEmpty else { return }
        let position = Int.random(in: indices, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: self[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: self[position] = .random(in: .min ... .max, using: &generator)
        case 2: remove(at: position)
        case 3: insert(.random(in: .min ... .max, using: &generator), at: position)
        case 4: removeLast(Int.random(in: 0..<8, using: &generator) % count)
        default:
            let extremes: [UInt64] = [0, 1, 31, 1 << 31, 1 << 32, 1 << 61, 1 << 63, .max, .max - 31]
            let number = RawGGUF.number(extremes.randomElement(using: &generator) ?? 0)
            for (index, byte) in number.enumerated() where position + index < count { self[position + index] = byte }
        }
    }
}
