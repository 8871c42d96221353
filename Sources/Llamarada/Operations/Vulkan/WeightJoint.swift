package import LlamaradaDevice
package import LlamaradaTensors

/// One of several matrices to be joined by rows, such as those of queries, keys and values.
package struct WeightPart: Sendable {
    /// Rows of the matrix.
    package var rows: Int
    /// Writes rows `range` of the matrix as the file holds them, on any thread.
    package var read: @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void

    /// A matrix of `rows` rows that `read` reads.
    package init(
        rows: Int,
        read: @escaping @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void
    ) {
        self.rows = rows
        self.read = read
    }
}

extension WeightMatrix {
    /// The most matrices that can be joined: kernels know of two gaps.
    package static let mostParts = 3

    /// Where the rows of matrices lie that are joined: each starts at a multiple of 64 rows.
    package static func parts(joining rows: [Int]) -> [Range<Int>] {
        var end = 0
        return rows.map { count in
            let start = (end + rowUnit - 1) / rowUnit * rowUnit
            end = start + count
            return start..<end
        }
    }

    /// Bytes that joined matrices will take in device memory.
    package static func byteCount(_ elementType: ElementType, joining rows: [Int], columns: Int) -> Int {
        byteCount(elementType, rows: parts(joining: rows).last?.upperBound ?? 0, columns: columns)
    }

    /// Reads several matrices of the same element type and columns into one, rows after rows.
    ///
    /// Each starts at a multiple of 64 rows; `parts` says where. The rows between are zero, and no product has them.
    ///
    /// - Parameters:
    ///   - joined: one to three matrices.
    ///   - shardByteCount: bytes that a shard may take where that is less than the device allows.
    ///   - allocate: gives room for a shard of `count` words; nil allocates a buffer for each.
    package init(
        _ elementType: ElementType, joining joined: [WeightPart], columns: Int, name: String, on device: Device,
        staging: StagingRing, team: ThreadTeam = .one, shardByteCount: Int = .max,
        allocate: ((_ count: Int) throws -> View<UInt32>)? = nil
    ) throws {
        precondition(
            (1...Self.mostParts).contains(joined.count) && joined.allSatisfy { $0.rows > 0 },
            "WeightMatrix: \(joined.count) parts of \(joined.map(\.rows)) rows")
        let parts = Self.parts(joining: joined.map(\.rows))
        let rowByteCount = WeightLayout(elementType, rows: 0, columns: columns).rowByteCount
        try self.init(
            elementType, parts: parts, columns: columns, name: name, on: device, staging: staging, team: team,
            shardByteCount: shardByteCount, allocate: allocate, filled: nil
        ) { range, target in
            // All bits zero is the number zero in every type.
            target.initializeMemory(as: UInt8.self, repeating: 0)
            for (part, rows) in zip(joined, parts) where rows.overlaps(range) {
                let both = rows.clamped(to: range)
                let bytes = target[
                    (both.lowerBound - range.lowerBound) * rowByteCount..<(both.upperBound - range.lowerBound)
                        * rowByteCount]
                try part.read(
                    both.lowerBound - rows.lowerBound..<both.upperBound - rows.lowerBound,
                    UnsafeMutableRawBufferPointer(rebasing: bytes))
            }
        }
    }

    /// The products of each part with one token, as views of `product`: (rows) of this matrix, gaps included.
    package func split(_ product: View<Float>) -> [View<Float>] {
        precondition(product.count == rows, "the products of \(rows) rows in \(product.count) elements")
        return parts.map { product[$0] }
    }
}

extension WeightMatrix.Shard {
    /// Ends of parts, in the shard's own rows, behind which there is a gap; 0 where there is none.
    func gaps(of parts: [Range<Int>]) -> (UInt32, UInt32) {
        let ends = parts.dropLast().map(\.upperBound).filter {
            $0 % WeightMatrix.rowUnit != 0 && $0 >= firstRow && $0 < firstRow + rows
        }.map { UInt32($0 - firstRow) }
        return (ends.first ?? 0, ends.dropFirst().first ?? 0)
    }
}

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k] for each matrix that `weights` joins: one dispatch for one token,
    /// one for each matrix for more. Every bit is that of a product with the matrix alone.
    ///
    /// - Parameters:
    ///   - weights: joined matrices of (rowsᵢ, columns).
    ///   - x: (tokens, columns).
    ///   - products: (tokens, rowsᵢ) for each matrix. Of one token they are `weights.split` of one buffer.
    package mutating func multiply(
        joined weights: WeightMatrix, _ x: View<Float>, tokens: Int, into products: [View<Float>]
    ) {
        if tokens == 1 {
            matVec(weights, x, into: weights.joined(products))
        } else {
            matMul(joined: weights, x, tokens: tokens, into: products)
        }
    }
}

extension WeightMatrix {
    /// The buffer whose `split` gave `products`; anything else is a programming error.
    fileprivate func joined(_ products: [View<Float>]) -> View<Float> {
        let whole = products.first.map(\.view).map { first in
            View<Float>(BufferView(buffer: first.buffer, byteOffset: first.byteOffset, byteCount: 4 * rows))
        }
        guard let whole, products.count == parts.count,
            zip(products, parts).allSatisfy({ product, rows in
                product.view.buffer === whole.view.buffer && product.count == rows.count
                    && product.view.byteOffset == whole.view.byteOffset + 4 * rows.lowerBound
            })
        else {
            preconditionFailure("MatVec: products of joined matrices that do not follow one another as \(parts)")
        }
        return whole
    }
}
