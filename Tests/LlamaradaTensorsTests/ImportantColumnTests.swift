import LlamaradaTensors
import Testing

/// Quantisers that know which columns matter.
@Suite struct ImportantColumnTests {
    private static let searched: [ElementType] = [
        .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL, .q4_0, .q4_1, .q5_0, .q5_1,
    ]

    /// Rows of normal numbers with some far ones, and importances over five orders of magnitude, as models have them.
    private static func input(rows: Int, columns: Int) -> (values: [Float], importance: [Float]) {
        var random = SplitMix(seed: 5)
        let values = (0..<rows * columns).map { _ -> Float in
            let sum = (0..<6).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &random) }
            return sum * (Int.random(in: 0..<50, using: &random) == 0 ? 3 : 1)
        }
        let importance = (0..<columns).map { _ in Float.random(in: 0.05...2, using: &random) }.map { $0 * $0 * $0 * $0 }
        return (values, importance)
    }

    /// What the errors of products are made of: Σ importance · error².
    private static func error(_ type: ElementType, _ blocks: [UInt8], _ values: [Float], _ importance: [Float])
        -> Double
    {
        let found = type.values(of: blocks)
        return values.indices.reduce(0) { sum, index in
            let difference = Double(found[index] - values[index])
            return sum + Double(importance[index % importance.count]) * difference * difference
        }
    }

    @Test(arguments: searched) func errorsThatCostMuchGetSmaller(_ type: ElementType) {
        let (values, importance) = Self.input(rows: 40, columns: 512)
        // Some search a scale only then.
        let even = type.quantized(values, importance: Array(repeating: 1, count: 512))
        let plain = min(
            Self.error(type, type.quantized(values), values, importance), Self.error(type, even, values, importance))
        let weighed = Self.error(type, type.quantized(values, importance: importance), values, importance)
        // Where bits are many there is less to choose.
        let most: [ElementType: Double] = [.q6_K: 0.95, .q5_K: 0.92, .q5_0: 0.92, .q5_1: 0.92]
        #expect(weighed < (most[type] ?? 0.9) * plain, "\(type): \(weighed / plain)")
    }

    /// A column that weighs a million times as much is nearly exact, and the others keep most of the levels.
    @Test(arguments: searched) func oneColumnThatWeighsNearlyEverything(_ type: ElementType) {
        let values = Self.input(rows: 40, columns: 512).values
        var importance = [Float](repeating: 1, count: 512)
        let plain = Self.error(type, type.quantized(values, importance: importance), values, importance)
        importance[5] = 1e6
        let blocks = type.quantized(values, importance: importance)
        importance[5] = 1
        let weighed = Self.error(type, blocks, values, importance)
        #expect(weighed < 1.6 * plain, "\(type): \(weighed / plain)")
        let found = type.values(of: blocks)
        let (square, all) = (0..<40).reduce((0, 0)) { sums, row in
            let difference = Double(found[512 * row + 5] - values[512 * row + 5])
            return (sums.0 + difference * difference, sums.1 + Double(values[512 * row + 5] * values[512 * row + 5]))
        }
        // Where the block's scale is not chosen for the part that weighs most, it is as near as four or six bits allow.
        let most: [ElementType: Double] = [.q2_K: 1e-4, .q4_K: 1e-5, .q5_K: 1e-5, .q3_K: 2e-2]
        #expect(square < (most[type] ?? 1e-3) * all, "\(type): \(square / all)")
    }

    /// Numbers of one sign, far from zero: types with a minimum of either sign use all levels.
    @Test(arguments: [ElementType.q4_1, .q5_1]) func numbersOfOneSign(_ type: ElementType) {
        var random = SplitMix(seed: 9)
        for sign: Float in [1, -1] {
            let values = (0..<512).map { _ in sign * Float.random(in: 10...11, using: &random) }
            let even = [Float](repeating: 1, count: 512)
            let plain = Self.error(type, type.quantized(values), values, even)
            #expect(Self.error(type, type.quantized(values, importance: even), values, even) < 1.05 * plain)
        }
    }

    /// The best line through these begins far below the least value.
    @Test(arguments: [ElementType.q4_1, .q5_1], [Float(62_000), 65_504])
    func minimaThatNoHalfHolds(_ type: ElementType, _ largest: Float) {
        let step = largest / (type == .q4_1 ? 15 : 31)
        var values = (0..<32).map { $0 % 4 == 0 ? 0 : -largest }
        values[1] += 0.7 * step
        values[2] += 2.3 * step
        var importance = [Float](repeating: 1e-5, count: 32)
        (importance[1], importance[2]) = (16, 16)
        let found = type.values(of: type.quantized(values, importance: importance))
        #expect(found.allSatisfy { $0.magnitude <= 1.5 * largest }, "\(found)")
    }

    /// Pieces may begin and end within a row.
    @Test(arguments: searched) func columnsAreThoseOfTheRow(_ type: ElementType) {
        let (values, importance) = Self.input(rows: 4, columns: 768)
        let whole = type.quantized(values, importance: importance)
        let cut = 768 + 256
        let parts =
            type.quantized(Array(values[..<cut]), importance: importance)
            + type.quantized(Array(values[cut...]), importance: importance, column: 256)
        #expect(whole == parts)
    }

    @Test(arguments: [ElementType.f32, .f16, .bf16, .q8_0]) func whatHasNothingToChooseStays(_ type: ElementType) {
        let (values, importance) = Self.input(rows: 2, columns: 512)
        #expect(type.quantized(values) == type.quantized(values, importance: importance))
    }

    @Test func theListOfTypesThatUseImportance() {
        #expect(Set(ElementType.allCases.filter(\.usesImportance)) == Set(Self.searched))
        let others = ElementType.allCases.filter { $0.isWritable && !$0.usesImportance }
        #expect(Set(others) == [.f32, .f16, .bf16, .q8_0])
    }

    /// Any finite numbers and any positive importance give finite values.
    @Test(arguments: searched) func anyNumbersAreTaken(_ type: ElementType) {
        var random = SplitMix(seed: UInt64(type.rawValue))
        for _ in 0..<200 {
            let unit = Float(sign: .plus, exponent: Int.random(in: -149...15, using: &random), significand: 1)
            let values = (0..<512).map { _ in
                Int.random(in: 0..<8, using: &random) == 0 ? 0 : unit * Float.random(in: -1.9...1.9, using: &random)
            }
            let importance = (0..<256).map { _ in
                Float(sign: .plus, exponent: Int.random(in: -17...13, using: &random), significand: 1)
            }
            let found = type.values(of: type.quantized(values, importance: importance))
            #expect(found.allSatisfy { $0.isFinite }, "\(type) \(unit)")
            let largest = values.reduce(0) { max($0, $1.magnitude) }
            #expect(found.allSatisfy { $0.magnitude <= 1.5 * largest + 1e-6 }, "\(type) \(unit)")
        }
    }
}
