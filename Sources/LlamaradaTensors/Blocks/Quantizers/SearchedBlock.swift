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

    /// The scale and the minimum, of either sign, of quants from 0 to levels.
    struct Affine {
        private let search: AffineSearch

        init(levels: Int32) {
            search = AffineSearch(levels: levels, span: -1...1, count: 16, hasSignedMinimum: true)
        }

        /// The bits of both as binary16; what is added is the minimum's negative.
        func scale(
            _ elements: UnsafePointer<Float>, _ importance: UnsafePointer<Float>
        ) -> (scale: UInt16, least: UInt16) {
            let found = SearchedBlock.withWeights(elements, importance) { search.best($0) }
            // A line may begin below the least value.
            let largest = ElementType.largestQuantizable
            return (found.scale.halfBits, max(-largest, min(largest, -found.minimum)).halfBits)
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
