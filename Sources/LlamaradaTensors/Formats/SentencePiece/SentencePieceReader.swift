import LlamaradaErrors
import SwiftProtobuf

/// Reads the message of a `tokenizer.model`; its pieces are counted before they are made.
struct SentencePieceReader {
    let model: SentencePieceModel

    init(_ source: any ByteSource, largest: Int) throws(CheckpointError) {
        let bytes = try TokenizerModelFile.bytes(of: source, largest: largest)
        // Two bytes of a file become some fifty of memory.
        guard let count = Self.pieceCount(of: bytes) else { throw Self.unreadable(source.name) }
        guard count <= PieceList.largestCount else {
            throw CheckpointError(
                .invalid, file: source.name,
                problem: "expected at most \(PieceList.largestCount) pieces, found \(count)", remedy: .fetchAgain)
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            model = try SentencePieceModel(serializedBytes: bytes, options: options)
        } catch {
            throw Self.unreadable(source.name)
        }
    }

    private static func unreadable(_ file: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file, problem: "expected a model of SentencePiece, found other bytes or a part of one",
            remedy: .fetchAgain)
    }

    /// The number of fields 1 of the outermost message; nil where its fields don't end with the bytes.
    private static func pieceCount(of bytes: [UInt8]) -> Int? {
        var position = 0
        func number() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 70, by: 7) {
                guard position < bytes.count else { return nil }
                defer { position += 1 }
                value |= UInt64(bytes[position] & 0x7F) << shift
                if bytes[position] < 0x80 { return value }
            }
            return nil
        }
        var count = 0
        while position < bytes.count {
            guard let key = number() else { return nil }
            var length: UInt64 = 0
            switch key & 7 {
            case 0: if number() == nil { return nil }
            case 1: length = 8
            case 2:
                guard let found = number() else { return nil }
                length = found
                if key >> 3 == 1 { count += 1 }
            case 5: length = 4
            // Groups, which the format never had.
            default: return nil
            }
            guard length <= UInt64(bytes.count - position) else { return nil }
            position += Int(length)
        }
        return count
    }
}
