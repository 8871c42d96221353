import LlamaradaErrors
import LlamaradaTensors
import LlamaradaThreads

/// One tensor on its way from one type to another, in pieces of whole blocks of both types.
struct TensorPieces {
    /// Elements of a piece: 1 MiB of floats, a multiple of every block. Rows do not matter: they are whole blocks, so that a
    /// tensor's blocks follow each other without gaps in either type.
    private static let pieceElementCount = 1 << 18
    /// Pieces of a batch for each thread: so many that starting threads costs little, so few that memory stays small.
    private static let piecesPerThread = 8

    private let file: GGUFFile
    private let entry: QuantizationPlan.Entry
    private let team: ThreadTeam

    init(_ file: GGUFFile, _ entry: QuantizationPlan.Entry, _ team: ThreadTeam) {
        self.file = file
        self.entry = entry
        self.team = team
    }

    /// Calls `body` with the tensor's new bytes, a batch of pieces at a time, and the number of bytes that were read for
    /// them.
    func forEachBatch(_ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
        let elementCount = entry.tensor.elementCount
        let batchElementCount = min(elementCount, Self.piecesPerThread * team.count * Self.pieceElementCount)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount(batchElementCount, entry.elementType), alignment: 64)
        defer { buffer.deallocate() }
        let rooms = (0..<team.count).map { _ in Room(min(elementCount, Self.pieceElementCount), entry) }
        defer { for room in rooms { room.deallocate() } }
        for first in stride(from: 0, to: elementCount, by: batchElementCount) {
            let batch = first..<min(elementCount, first + batchElementCount)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount(batch.count, entry.elementType)])
            try convert(batch, into: bytes, rooms)
            try body(UnsafeRawBufferPointer(bytes), byteCount(batch.count, entry.tensor.elementType))
        }
    }

    private func convert(_ batch: Range<Int>, into bytes: UnsafeMutableRawBufferPointer, _ rooms: [Room]) throws {
        // Safety: every piece is written by one thread, and every thread has a room of its own.
        nonisolated(unsafe) let (bytes, rooms) = (bytes, rooms)
        let pieces = (batch.count + Self.pieceElementCount - 1) / Self.pieceElementCount
        try team.forEach(pieces) { piece, thread in
            let start = piece * Self.pieceElementCount
            let end = min(batch.count, start + Self.pieceElementCount)
            let target = byteCount(start, entry.elementType)..<byteCount(end, entry.elementType)
            try convert(
                batch.lowerBound + start..<batch.lowerBound + end,
                into: UnsafeMutableRawBufferPointer(rebasing: bytes[target]), rooms[thread])
        }
    }

    /// Reads elements and writes them in the new type.
    private func convert(
        _ elements: Range<Int>, into target: UnsafeMutableRawBufferPointer, _ room: Room
    ) throws(CheckpointError) {
        let type = entry.tensor.elementType
        let byteRange = byteCount(elements.lowerBound, type)..<byteCount(elements.upperBound, type)
        if entry.isCopied { return try file.read(entry.tensor, byteRange: byteRange, into: target) }
        let source = UnsafeMutableRawBufferPointer(rebasing: room.bytes[..<byteRange.count])
        try file.read(entry.tensor, byteRange: byteRange, into: source)
        let floats = UnsafeMutableBufferPointer(rebasing: room.floats[..<elements.count])
        type.dequantize(UnsafeRawBufferPointer(source), into: floats)
        if entry.elementType != .f32, let index = ElementType.firstUnquantizable(UnsafeBufferPointer(floats)) {
            throw unquantizable(floats[index], at: elements.lowerBound + index)
        }
        guard let importance = entry.importance else {
            return entry.elementType.quantize(UnsafeBufferPointer(floats), into: target)
        }
        importance.withUnsafeBufferPointer { importance in
            entry.elementType.quantize(
                UnsafeBufferPointer(floats), importance: importance,
                column: elements.lowerBound % entry.tensor.columnCount, into: target)
        }
    }

    /// The bytes of whole blocks; pieces begin and end between blocks.
    private func byteCount(_ elementCount: Int, _ type: ElementType) -> Int {
        elementCount / type.blockElementCount * type.blockByteCount
    }

    private func unquantizable(_ value: Float, at index: Int) -> CheckpointError {
        let (row, column) = index.quotientAndRemainder(dividingBy: entry.tensor.columnCount)
        return CheckpointError(
            .invalid, file: file.path,
            problem: "tensor \(entry.tensor.name.quoted()): expected numbers of at most "
                + "\(Int(ElementType.largestQuantizable)) to make \(entry.elementType) of, found \(value) in row \(row), "
                + "column \(column)",
            remedy: .fetchAgain)
    }
}

extension TensorPieces {
    /// Where one thread keeps a piece: its bytes as they were read, and its values.
    private struct Room {
        let bytes: UnsafeMutableRawBufferPointer
        let floats: UnsafeMutableBufferPointer<Float>

        init(_ elementCount: Int, _ entry: QuantizationPlan.Entry) {
            let count = entry.isCopied ? 0 : elementCount
            let type = entry.tensor.elementType
            bytes = .allocate(byteCount: count / type.blockElementCount * type.blockByteCount, alignment: 64)
            floats = .allocate(capacity: count)
        }

        func deallocate() {
            bytes.deallocate()
            floats.deallocate()
        }
    }
}
