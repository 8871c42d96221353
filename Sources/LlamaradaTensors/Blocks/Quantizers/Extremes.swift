/// What the simple formats need to know of the values of a block.
///
/// Magnitudes are compared as integers, which order as the numbers do and which the compiler may compare several at once.
enum Extremes {
    /// The value farthest from zero, the first of several.
    @inline(__always)
    static func farthest(_ elements: UnsafePointer<Float>, count: Int) -> Float {
        let largest = largestMagnitudeBits(elements, count: count)
        for index in 0..<count where elements[index].bitPattern & 0x7FFF_FFFF == largest { return elements[index] }
        return 0
    }

    /// The largest magnitude's bits; above those of infinity where there is a NaN.
    @inline(__always)
    static func largestMagnitudeBits(_ elements: UnsafePointer<Float>, count: Int) -> UInt32 {
        var largest: Int32 = 0
        for index in 0..<count {
            largest = max(largest, Int32(bitPattern: elements[index].bitPattern & 0x7FFF_FFFF))
        }
        return UInt32(bitPattern: largest)
    }

    /// The least and the largest value.
    @inline(__always)
    static func range(_ elements: UnsafePointer<Float>, count: Int) -> (least: Float, largest: Float) {
        var (least, largest) = (elements[0], elements[0])
        for index in 1..<count {
            let element = elements[index]
            least = element < least ? element : least
            largest = element > largest ? element : largest
        }
        return (least, largest)
    }

    /// 1 / `scale`; 0 where that is infinite, since then every value is next to 0.
    @inline(__always)
    static func inverse(_ scale: Float) -> Float {
        let inverse = 1 / scale
        return inverse.isFinite ? inverse : 0
    }
}
