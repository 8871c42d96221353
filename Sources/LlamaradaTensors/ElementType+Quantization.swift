extension ElementType {
    /// The largest magnitude that `quantize` takes, the largest binary16: scales are of that type.
    package static let largestQuantizable: Float = 65_504

    /// Whether several elements share a scale.
    package var isQuantized: Bool { blockElementCount > 1 }

    /// Whether values can be written in this type.
    package var isWritable: Bool { quantizer != nil }

    /// Whether `quantize` makes use of importance.
    package var usesImportance: Bool {
        switch self {
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL, .q4_0, .q4_1, .q5_0, .q5_1: true
        default: false
        }
    }

    private var quantizer: (any BlockQuantizer.Type)? { format as? any BlockQuantizer.Type }

    /// Writes values as whole blocks; the same values give the same bytes.
    ///
    /// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, F16 and BF16 are byte for byte what the `gguf` package writes. For the others a scale is
    /// looked for: `AffineSearch`, `SymmetricSearch`; with importance, for Q4_0, Q4_1, Q5_0 and Q5_1 too.
    ///
    /// The type is writable, `bytes` has room for exactly the blocks of `elements`, at any alignment, and the values
    /// are finite and at most `largestQuantizable`; else this is a programming error.
    ///
    /// - Parameters:
    ///   - importance: what an error in each column of a row weighs, positive numbers; nil where nothing is known.
    ///   - column: the column of the first element, where a block begins.
    package func quantize(
        _ elements: UnsafeBufferPointer<Float>, importance: UnsafeBufferPointer<Float>? = nil, column: Int = 0,
        into bytes: UnsafeMutableRawBufferPointer
    ) {
        guard let quantizer else { preconditionFailure("quantize: \(name) can't be written") }
        precondition(
            byteCount(elementCount: elements.count) == bytes.count,
            "quantize: \(elements.count) elements of \(name) are not \(bytes.count) bytes")
        guard let source = elements.baseAddress, let target = bytes.baseAddress else { return }
        let columns = importance.map { importance in
            precondition(
                importance.count.isMultiple(of: blockElementCount) && column.isMultiple(of: blockElementCount)
                    && 0..<importance.count ~= column,
                "quantize: column \(column) of \(importance.count) in blocks of \(blockElementCount)")
            return ColumnImportance(columns: importance, first: column)
        }
        quantizer.quantize(
            blockCount: elements.count / blockElementCount, from: source, importance: columns, into: target)
    }

    /// The index of the first value that `quantize` does not take, or nil.
    package static func firstUnquantizable(_ elements: UnsafeBufferPointer<Float>) -> Int? {
        guard let source = elements.baseAddress else { return nil }
        let largest = Extremes.largestMagnitudeBits(source, count: elements.count)
        guard largest > largestQuantizable.bitPattern else { return nil }
        return elements.firstIndex { $0.bitPattern & 0x7FFF_FFFF > largestQuantizable.bitPattern }
    }
}
