extension IQ4_NL: BlockQuantizer {
    /// The value farthest from zero is tried about both ends of the levels, which are not equally far.
    private static let search = SymmetricSearch(trials: [
        SIMD8(-134, -132, -130, -128, -126, -124, -122, -120), SIMD8(106, 108, 110, 112, 114, 116, 118, 120),
    ])

    static func quantize(
        _ elements: UnsafePointer<Float>, importance: UnsafePointer<Float>?, into block: UnsafeMutableRawPointer
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: elementCount) { weights in
            guard let weights = weights.baseAddress else { return }
            SymmetricSearch.weigh(elements, importance: importance, count: elementCount, into: weights)
            let part = WeightedValues(values: elements, weights: weights, count: elementCount)
            let scale = levels.withUnsafeBufferPointer { levels in
                search.best(part) { numbers in
                    let positions = positions(of: numbers)
                    return SIMD8(
                        levels[Int(positions[0])], levels[Int(positions[1])], levels[Int(positions[2])],
                        levels[Int(positions[3])], levels[Int(positions[4])], levels[Int(positions[5])],
                        levels[Int(positions[6])], levels[Int(positions[7])])
                }
            }
            block.store(half: scale.halfBits, at: 0)
            store(elements, inverse: Extremes.inverse(Float(half: scale.halfBits)), into: block + 2)
        }
    }

    private static func store(_ elements: UnsafePointer<Float>, inverse: Float, into bytes: UnsafeMutableRawPointer) {
        func index(_ lane: Int) -> UInt8 {
            indices[Int(positions(of: SIMD8(repeating: elements[lane] * inverse))[0])]
        }
        for lane in 0..<16 {
            bytes.storeBytes(of: index(lane) | index(lane + 16) &<< 4, toByteOffset: lane, as: UInt8.self)
        }
    }

    /// Where in the tables below the numbers are: the nearest quarter, 512 quarters up.
    @inline(__always)
    private static func positions(of numbers: SIMD8<Float>) -> SIMD8<Int32> {
        (numbers * SIMD8(repeating: 4)).roundedIntegers(from: -512, to: 512) &+ SIMD8(repeating: 512)
    }

    /// The index of the level next to each quarter from −128 to 128.
    ///
    /// An eighth beside the middle between two levels one is as good as the other.
    private static let indices: [UInt8] = (0...1024).map { position in
        let number = Float(position - 512) / 4
        let distances = (0..<16).map { (Float(Int(iq4Levels[$0])) - number).magnitude }
        return UInt8(distances.indices.min { distances[$0] < distances[$1] } ?? 0)
    }
    private static let levels: [Float] = indices.map { Float(Int(iq4Levels[Int($0)])) }
}
