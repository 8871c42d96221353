extension Reference {
    /// Each row in blocks of 32 columns of bytes, as f32 numbers: what products of the int8 class multiply.
    ///
    /// - Parameter x: (rows, columns).
    package static func int8Rows(_ x: Matrix) -> Matrix {
        Matrix(
            rows: x.rows, columns: x.columns,
            values: (0..<x.rows).flatMap { row in
                stride(from: 0, to: x.columns, by: Int8Block.elementCount).flatMap { start in
                    let block = Int8Block(x.row(row).dropFirst(start).prefix(Int8Block.elementCount))
                    return block.quants.map { block.unit * Float($0) }
                }
            })
    }
}

/// A block of activations as the int8 class rounds them: multiples of one unit. The format is that of llama.cpp's Q8_1
/// (https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h) with a unit of f32's range; the rounding is
/// spelled out so that every device gives the same bits.
package struct Int8Block {
    /// The most elements.
    package static let elementCount = 32
    /// Units below this are 0, so that nothing is subnormal.
    private static let least: Float = 0x1p-100

    /// The largest magnitude times 1/127, rounded to 11 significant bits; NaN where an element is not finite.
    package var unit: Float
    /// −127 to 127.
    package var quants: [Int8]

    package init(_ values: some Collection<Float>) {
        guard values.allSatisfy(\.isFinite) else {
            (unit, quants) = (.nan, values.map { _ in 0 })
            return
        }
        // Not a quotient, which devices round in different ways.
        let unit = values.reduce(0) { max($0, abs($1)) } * Q8Block.reciprocal
        let bits = unit.bitPattern
        let rounded = unit < Self.least ? 0 : Float(bitPattern: (bits + 0xFFF + (bits >> 13 & 1)) & ~0x1FFF)
        self.unit = rounded
        quants = values.map { rounded == 0 ? 0 : Q8Block.quant($0, rounded) }
    }
}
