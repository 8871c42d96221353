import Llamarada
import LlamaradaTensors
import LlamaradaThreads
import TestSupport
import Testing

@Suite struct MatMulReferenceTests {
    @Test func handComputed() throws {
        let x = Matrix(rows: 2, columns: 3, values: [1, 2, 3, -1, 0, 0.5])
        let weight = Matrix(rows: 2, columns: 3, values: [1, 0, -1, 2, 2, 2])
        #expect(try Reference.matMul(x, weight).values == [-2, 12, -1.5, -1])
    }

    /// Plain nested loops in f64, for shapes that no tile and no vector divides.
    @Test(arguments: [(1, 1, 1), (1, 33, 31), (3, 257, 255), (5, 31, 1), (2, 300, 33), (1, 1000, 577)], [false, true])
    func anyShape(_ shape: (tokens: Int, rows: Int, columns: Int), withBLAS: Bool) throws {
        var random = RandomValues(seed: UInt64(shape.rows))
        let x = random.array(shape.tokens * shape.columns)
        let weight = random.array(shape.rows * shape.columns)
        let result = try Reference.matMul(
            Matrix(rows: shape.tokens, columns: shape.columns, values: x),
            Matrix(rows: shape.rows, columns: shape.columns, values: weight),
            blas: withBLAS ? .shared : nil)
        for token in 0..<shape.tokens {
            for row in 0..<shape.rows {
                var (sum, size) = (0.0, 0.0)
                for column in 0..<shape.columns {
                    let product =
                        Double(x[token * shape.columns + column]) * Double(weight[row * shape.columns + column])
                    sum += product
                    size += abs(product)
                }
                #expect(abs(Double(result[token, row]) - sum) <= 2e-6 * size + 1e-30)
            }
        }
    }

    @Test(arguments: [true, false]) func sameBitsForAnyThreads(withBLAS: Bool) throws {
        var random = RandomValues(seed: 7)
        let x = Matrix(rows: 9, columns: 161, values: random.array(9 * 161))
        let weight = Matrix(rows: 611, columns: 161, values: random.array(611 * 161))
        let blas = withBLAS ? BLAS.shared : nil
        let alone = try Reference.matMul(x, weight, blas: blas)
        for threads in [2, 3, 8] {
            #expect(try Reference.matMul(x, weight, workers: Workers(threads), blas: blas) == alone)
        }
    }

    @Test func oneTokenHasTheBitsOfItsRow() throws {
        var random = RandomValues(seed: 8)
        let x = Matrix(rows: 4, columns: 77, values: random.array(4 * 77))
        let weight = Matrix(rows: 50, columns: 77, values: random.array(50 * 77))
        let together = try Reference.matMul(x, weight)
        #expect(try Reference.matMul(x.lastRow, weight, blas: .shared).values == together.row(3))
    }

    @Test func quantizedRows() throws {
        // Q8_0: f16 scale 0.5, then 32 signed bytes 1...32; row 1 is all -2.
        let first = [0x00, 0x38] + (1...32).map { UInt8($0) }
        let second = [0x00, 0x38] + [UInt8](repeating: UInt8(bitPattern: -4), count: 32)
        let weight = QuantizedRows(rows: 2, columns: 32, elementType: .q8_0, bytes: first + second)
        let x = Matrix(rows: 1, columns: 32, values: [Float](repeating: 1, count: 32))
        #expect(try Reference.matMul(x, weight).values == [264, -64])
    }

    @Test func noLibraryNoBLAS() {
        #expect(BLAS(library: "libdoes-not-exist.so.0") == nil)
        #expect(BLAS(library: "libc.so.6") == nil)
    }
}
