/// One tensor of a model in another format, as GGUF is to have it.
struct ConvertedTensor: Sendable {
    /// Where its bytes come from.
    enum Content: Sendable {
        /// They are made already.
        case bytes([UInt8])
        /// They lie in a file, row after row from `byteOffset` on.
        case rows(any ByteSource, byteOffset: Int, RowOrder)
        /// They lie in the parts of a matrix.
        case joined(JoinedMatrix)
    }

    let name: String
    /// Outermost first.
    let shape: [Int]
    let elementType: ElementType
    let content: Content

    /// Copies bytes; `range` lies within the tensor's `byteCount`.
    func read(
        _ range: Range<Int>, into target: UnsafeMutableRawBufferPointer, rowByteCount: Int
    ) throws(CheckpointError) {
        switch content {
        case .bytes(let bytes):
            bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .joined(let matrix): try matrix.read(range, into: target)
        case .rows(let source, let byteOffset, .same): try source.read(into: target, at: byteOffset + range.lowerBound)
        case .rows(let source, let byteOffset, let order):
            var position = range.lowerBound
            while position < range.upperBound {
                let (row, column) = position.quotientAndRemainder(dividingBy: rowByteCount)
                let count = min(rowByteCount - column, range.upperBound - position)
                let start = position - range.lowerBound
                try source.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: target[start..<start + count]),
                    at: byteOffset + order.source(of: row) * rowByteCount + column)
                position += count
            }
        }
    }
}

extension ConvertedTensor {
    /// A vector, as F32.
    init(_ name: String, _ values: [Float]) {
        self.init(
            name: name, shape: [values.count], elementType: .f32, content: .bytes(values.withUnsafeBytes { Array($0) }))
    }

    /// GGUF's number for the type of most weights.
    static func fileType(of tensors: [ConvertedTensor]) -> UInt32 {
        var counts: [ElementType: Int] = [:]
        for tensor in tensors { counts[tensor.elementType, default: 0] += tensor.shape.reduce(1, *) }
        let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
        return most == .f32 ? 0 : most == .bf16 ? 32 : 1
    }
}

/// Which row of a file's matrix is which of GGUF's.
enum RowOrder: Sendable {
    case same
    /// Of each head the first half of the rows, then the second; GGUF's `llama` has the two that are rotated together side by
    /// side.
    case halves(headDim: Int)

    /// Where row `row` of GGUF's matrix is in the file's.
    func source(of row: Int) -> Int {
        guard case .halves(let headDim) = self else { return row }
        let (head, index) = row.quotientAndRemainder(dividingBy: headDim)
        return head * headDim + index / 2 + index % 2 * (headDim / 2)
    }
}
