import LlamaradaErrors

/// A model in another format, as the bytes of the GGUF file that a conversion would write.
///
/// Nothing is written: the header is made when the model is opened, and tensors are read from where they lie when they are asked
/// for. So everything that reads a GGUF file reads other formats too, and a conversion is a copy.
struct ConvertedModel: ByteSource {
    /// The path of what was opened.
    let name: String
    let byteCount: Int
    private let header: [UInt8]
    private let tensors: [ConvertedTensor]
    /// The places of the tensors, in the same order.
    private let places: [TensorDescription]

    /// - Parameters:
    ///   - metadata: every key once.
    ///   - tensors: every name once, with one to four dimensions, and rows of whole blocks.
    init(name: String, metadata: [(key: String, value: MetadataValue)], tensors: [ConvertedTensor]) {
        var writer = GGUFWriter()
        for (key, value) in metadata { writer.add(key, value) }
        for tensor in tensors {
            writer.addTensor(tensor.name, shape: tensor.shape, elementType: tensor.elementType)
        }
        self.name = name
        self.tensors = tensors
        (header, places, byteCount) = writer.layout()
    }

    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        guard byteOffset >= 0, byteOffset <= byteCount, target.count <= byteCount - byteOffset else {
            throw CheckpointError(
                .io, file: name, problem: "reading \(target.count) bytes at byte \(byteOffset) of \(byteCount) failed",
                remedy: .noneKnown)
        }
        var done = 0
        while done < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
            done += try readSome(into: rest, at: byteOffset + done)
        }
    }

    /// Reads up to the end of the header, of a tensor or of the padding behind it; returns how much that was.
    private func readSome(into target: UnsafeMutableRawBufferPointer, at position: Int) throws(CheckpointError) -> Int {
        func part(until end: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(rebasing: target[..<min(target.count, end - position)])
        }
        if position < header.count {
            let part = part(until: header.count)
            header.withUnsafeBytes {
                part.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + part.count]))
            }
            return part.count
        }
        let index = indexOfLast(startingAtOrBefore: position)
        let place = places[index]
        let start = position - place.byteOffset
        guard start < place.byteCount else {
            let next = index + 1 < places.count ? places[index + 1].byteOffset : byteCount
            let part = part(until: next)
            part.initializeMemory(as: UInt8.self, repeating: 0)
            return part.count
        }
        let part = part(until: place.byteOffset + place.byteCount)
        try tensors[index].read(start..<start + part.count, into: part, rowByteCount: place.rowByteCount)
        return part.count
    }

    /// The last tensor that begins there or before; the first begins right behind the header.
    private func indexOfLast(startingAtOrBefore position: Int) -> Int {
        var (low, high) = (0, places.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if places[middle].byteOffset <= position { low = middle } else { high = middle }
        }
        return low
    }
}
