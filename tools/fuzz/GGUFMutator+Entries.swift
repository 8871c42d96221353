import LlamaradaTensors

/// Operations on whole pairs and tensors.
extension GGUFMutator {
    static var entryOperations: [Operation] {
        [
            { $0.swapTwo($0.layout.pairs.map(\.range)) },
            { $0.swapTwo($0.layout.pairs.map(\.key)) },
            { $0.swapTwo($0.layout.tensors.map(\.range)) },
            { $0.duplicate($0.layout.pairs.map(\.range), count: GGUFLayout.pairCount) },
            { $0.duplicate($0.layout.tensors.map(\.range), count: GGUFLayout.tensorCount) },
            { $0.remove($0.layout.pairs.map(\.range), count: GGUFLayout.pairCount) },
            { $0.remove($0.layout.tensors.map(\.range), count: GGUFLayout.tensorCount) },
            { $0.addAlignment() },
            { $0.reshapeTensor() },
            { $0.placeTensors() },
        ]
    }

    private mutating func swapTwo(_ ranges: [Range<Int>]) {
        guard let one = ranges.randomElement(using: &random), let other = ranges.randomElement(using: &random),
            one != other
        else { return }
        let (first, second) = one.lowerBound < other.lowerBound ? (one, other) : (other, one)
        let (firstBytes, secondBytes) = (Array(bytes[first]), Array(bytes[second]))
        bytes.replaceSubrange(second, with: firstBytes)
        bytes.replaceSubrange(first, with: secondBytes)
    }

    /// Puts an entry in a second time, with its key or name.
    private mutating func duplicate(_ ranges: [Range<Int>], count: Range<Int>) {
        guard let copied = ranges.randomElement(using: &random), let place = ranges.randomElement(using: &random)
        else { return }
        bytes.insert(contentsOf: Array(bytes[copied]), at: place.upperBound)
        changeCount(by: 1, at: count)
    }

    private mutating func remove(_ ranges: [Range<Int>], count: Range<Int>) {
        guard let range = ranges.randomElement(using: &random) else { return }
        bytes.removeSubrange(range)
        changeCount(by: -1, at: count)
    }

    /// Corrects a count behind a change, but not always: a wrong count is a case of its own.
    mutating func changeCount(by change: Int, at count: Range<Int>) {
        guard !Int.random(in: 0..<8, using: &random).isMultiple(of: 8) else { return }
        write(number(at: count) &+ UInt64(bitPattern: Int64(change)), at: count)
    }

    private mutating func addAlignment() {
        guard let place = layout.pairs.randomElement(using: &random) else { return }
        let alignment = UInt32(1) << UInt32.random(in: 0..<32, using: &random)
        let pair = Self.encoded("general.alignment") + Self.encoded(UInt32(4)) + Self.encoded(alignment)
        bytes.insert(contentsOf: pair, at: place.range.lowerBound)
        changeCount(by: 1, at: GGUFLayout.pairCount)
    }

    /// Other dimensions, often of the same product.
    private mutating func reshapeTensor() {
        guard let tensor = layout.tensors.randomElement(using: &random) else { return }
        var dimensions = stride(from: 0, to: tensor.dimensions.count, by: 8).map {
            number(at: tensor.dimensions.lowerBound + $0..<tensor.dimensions.lowerBound + $0 + 8)
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: dimensions.shuffle(using: &random)
        case 1: dimensions.insert(1, at: .random(in: 0...dimensions.count, using: &random))
        case 2: dimensions.append(Self.extremes.randomElement(using: &random) ?? 0)
        default: if !dimensions.isEmpty { dimensions.removeLast() }
        }
        bytes.replaceSubrange(tensor.dimensions, with: dimensions.flatMap { Self.encoded($0) })
        let count = tensor.dimensions.lowerBound - 4..<tensor.dimensions.lowerBound
        write(UInt64(dimensions.count), at: count)
    }

    /// Repairs offsets: lays the tensors one behind the other, so that a changed header can be whole again.
    private mutating func placeTensors() {
        let alignment = alignment
        var offset: UInt64 = 0
        for tensor in layout.tensors {
            write(offset, at: tensor.offset)
            let elements = stride(from: 0, to: tensor.dimensions.count, by: 8).reduce(UInt64(1)) { product, index in
                let start = tensor.dimensions.lowerBound + index
                return product &* number(at: start..<start + 8)
            }
            let type = ElementType(rawValue: UInt32(number(at: tensor.type))) ?? .f32
            let byteCount = Int(exactly: elements).flatMap { type.byteCount(elementCount: $0) } ?? 0
            offset = (offset &+ UInt64(byteCount) &+ alignment &- 1) & ~(alignment &- 1)
        }
    }

    /// The file's alignment, 32 where it names none or nonsense.
    private var alignment: UInt64 {
        let key = Self.encoded("general.alignment")
        guard let pair = layout.pairs.first(where: { bytes[$0.key].elementsEqual(key) }), pair.value.count == 4
        else { return 32 }
        let alignment = number(at: pair.value)
        return alignment.nonzeroBitCount == 1 ? alignment : 32
    }
}
