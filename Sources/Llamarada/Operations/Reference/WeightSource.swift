package import LlamaradaTensors

/// A weight matrix that is dequantized a few rows at a time, so that a model never lies in memory as f32.
package protocol WeightSource: Sendable {
    var rows: Int { get }
    var columns: Int { get }

    /// Writes rows `range` as f32 to `output`: (range.count, columns).
    func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws
}

extension Matrix: WeightSource {
    package func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
        for (index, value) in values[range.lowerBound * columns..<range.upperBound * columns].enumerated() {
            output[index] = value
        }
    }
}

/// Quantized rows in memory: what kernel tests multiply by.
package struct QuantizedRows: WeightSource {
    package let rows: Int
    package let columns: Int
    package let elementType: ElementType
    /// The rows' blocks, one row after the other.
    package let bytes: [UInt8]

    package init(rows: Int, columns: Int, elementType: ElementType, bytes: [UInt8]) {
        require(
            elementType.byteCount(elementCount: columns).map { $0 * rows } == bytes.count, "QuantizedRows",
            "\(bytes.count) bytes for (\(rows), \(columns)) \(elementType)")
        self.rows = rows
        self.columns = columns
        self.elementType = elementType
        self.bytes = bytes
    }

    package func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
        let rowByteCount = rows == 0 ? 0 : bytes.count / rows
        bytes.withUnsafeBytes { bytes in
            let part = bytes[range.lowerBound * rowByteCount..<range.upperBound * rowByteCount]
            elementType.dequantize(UnsafeRawBufferPointer(rebasing: part), into: output)
        }
    }
}

/// Rows of a tensor that are read from the file each time: the file's pages are the only copy in memory.
package struct FileRows: WeightSource {
    package var rows: Int { tensor.rowCount }
    package var columns: Int { tensor.columnCount }
    private let file: GGUFFile
    private let tensor: TensorDescription

    package init(_ file: GGUFFile, _ tensor: TensorDescription) {
        self.file = file
        self.tensor = tensor
    }

    package func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
        let byteRange = range.lowerBound * tensor.rowByteCount..<range.upperBound * tensor.rowByteCount
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteRange.count, alignment: 16)
        defer { bytes.deallocate() }
        try file.read(tensor, byteRange: byteRange, into: bytes)
        tensor.elementType.dequantize(UnsafeRawBufferPointer(bytes), into: output)
    }
}
