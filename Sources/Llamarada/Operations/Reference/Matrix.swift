/// A dense row-major matrix of 32-bit floats.
package struct Matrix: Sendable, Equatable {
    package let rows: Int
    package let columns: Int
    /// The elements, row after row: element (r, c) is `values[r * columns + c]`.
    package private(set) var values: [Float]

    /// Wraps `values`, whose count must be `rows * columns`.
    package init(rows: Int, columns: Int, values: [Float]) {
        precondition(
            rows >= 0 && columns >= 0 && values.count == rows * columns,
            "Matrix: \(values.count) values for shape (\(rows), \(columns))")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// A matrix whose elements `fill` writes, all of them.
    package init(rows: Int, columns: Int, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.rows = rows
        self.columns = columns
        self.values = try [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            buffer.initialize(repeating: 0)
            count = rows * columns
            try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    package subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

    /// One row: (columns).
    package func row(_ index: Int) -> [Float] {
        Array(values[index * columns..<(index + 1) * columns])
    }

    /// The last row as a matrix of its own: (1, columns).
    package var lastRow: Matrix { lastRows(1) }

    /// The last rows as a matrix of their own: (count, columns).
    package func lastRows(_ count: Int) -> Matrix {
        Matrix(rows: count, columns: columns, values: Array(values[(rows - count) * columns..<rows * columns]))
    }
}
