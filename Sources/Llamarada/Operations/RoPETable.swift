import Glibc

/// Cosine and sine of every rotary angle, computed in f64 and rounded once.
///
/// Su et al. 2021, arXiv 2104.09864: angle(p, i) = p / scale · base^(−2i/dimensionCount) / factor[i]. Both backends
/// read this table, because Vulkan promises its own sin and cos only to 2⁻¹¹ and only within [−π, π].
package struct RoPETable: Sendable {
    /// Rows: the positions 0..<positionCount.
    package let positionCount: Int
    /// Columns: pairs of one head, half of the rotated dimensions.
    package let pairCount: Int
    /// (positionCount, pairCount, 2): cosine, then sine; both greater by YaRN's magnitude.
    package let values: [Float]

    /// - Parameters:
    ///   - dimensionCount: how many leading dimensions of a head are rotated; even.
    ///   - scale: linear position scaling, 1 for none.
    ///   - factors: (dimensionCount / 2) divisors of the frequencies, or nil.
    ///   - yarn: multiplies frequencies, and cosine and sine.
    package init(
        positionCount: Int, dimensionCount: Int, base: Double, scale: Double = 1, factors: [Float]? = nil,
        yarn: YaRNScaling? = nil
    ) {
        let pairCount = dimensionCount / 2
        require(dimensionCount % 2 == 0, "RoPE", "\(dimensionCount) dimensions cannot be paired")
        require(factors.map { $0.count == pairCount } ?? true, "RoPE", "\(pairCount) pairs, other count of factors")
        let multipliers = yarn?.multipliers(base: base, dimensionCount: dimensionCount)
        let frequencies = (0..<pairCount).map { pair in
            pow(base, -2 * Double(pair) / Double(dimensionCount)) * (multipliers?[pair] ?? 1)
                / Double(factors?[pair] ?? 1) / scale
        }
        let magnitude = yarn?.magnitude ?? 1
        self.positionCount = positionCount
        self.pairCount = pairCount
        var values: [Float] = []
        values.reserveCapacity(positionCount * pairCount * 2)
        for position in 0..<positionCount {
            for frequency in frequencies {
                let angle = Double(position) * frequency
                values.append(Float(cos(angle) * magnitude))
                values.append(Float(sin(angle) * magnitude))
            }
        }
        self.values = values
    }

    package func cosine(position: Int, pair: Int) -> Float { values[(position * pairCount + pair) * 2] }
    package func sine(position: Int, pair: Int) -> Float { values[(position * pairCount + pair) * 2 + 1] }
}
