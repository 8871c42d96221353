/// The simple blocks of 32 values where it is known what an error in each of them weighs: their scales are looked for, as
/// those of the K types are.
enum SearchedBlock {
    private static let count = 32

    /// The scale of quants from −levels to levels − 1.
    struct Symmetric {
        private let levels: Int32
        private let search: SymmetricSearch

        init(levels: Int32) {
            self.levels = levels
            search = SymmetricSearch(about: levels, trials: 16)
        }

        func scale(_ elements: UnsafePointer<Float>, _ importance: UnsafePointer<Float>) -> Float {
            SearchedBlock.withWeights(elements, importance) { part in
                search.best(part) { $0.rounded(from: -levels, to: levels - 1) }
            }
        }
    }

    /// The scale and the minimum of quants from 0 to levels.
    struct Affine {
        private let search: AffineSearch

        init(levels: Int32) { search = AffineSearch(levels: levels, span: -1...1, count: 16) }

        func scale(_ elements: UnsafePointer<Float>, _ importance: UnsafePointer<Float>) -> AffineScale {
            SearchedBlock.withWeights(elements, importance) { search.best($0) }
        }
    }

    private static func withWeights<Result>(
        _ elements: UnsafePointer<Float>, _ importance: UnsafePointer<Float>, _ body: (WeightedValues) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { weights in
            guard let weights = weights.baseAddress else { preconditionFailure("no room for 32 numbers") }
            WeightedValues.weigh(elements, importance: importance, count: count, into: weights)
            return body(WeightedValues(values: elements, weights: weights, count: count))
        }
    }
}

extension Float {
    /// The nearest quant from 0 to `highest`, which is below 256.
    @inline(__always)
    func quant(highest: Float) -> UInt32 {
        let bounded = self < 0 ? 0 : self > highest ? highest : self
        // The nearest integer is in the lowest bits of this sum.
        return (bounded + 0x1.8p23).bitPattern & 0xFF
    }
}
