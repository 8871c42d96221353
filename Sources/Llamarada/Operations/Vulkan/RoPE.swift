package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Turns every pair of every head by the angle of its position, in place.
    ///
    /// - Parameters:
    ///   - x: (tokens, heads, headDim).
    ///   - table: (positions, pairs) of (cos, sin); see `RoPETable`.
    ///   - positions: (tokens), each a row of the table.
    ///   - pairs: rotated pairs of a head; at most headDim / 2.
    ///   - pairing: which dimensions form a pair.
    package mutating func rope(
        _ x: View<Float>, _ table: View<SIMD2<Float>>, positions: View<UInt32>, heads: Int, headDim: Int, pairs: Int,
        pairing: RoPEPairing = .neighbours
    ) {
        let tokens = positions.count
        precondition(
            x.count == tokens * heads * headDim && 2 * pairs <= headDim && headDim % 2 == 0,
            "RoPE: (\(tokens), \(heads), \(headDim)) in (\(x.count)), \(pairs) pairs")
        let lanes = tuning.elementwiseLanes
        let count = tokens * heads * pairs
        dispatch(
            RoPE(x: .readWrite(x), table: .read(table), positions: .read(positions)),
            push: .init(tokens: UInt32(tokens), heads: UInt32(heads), headDim: UInt32(headDim), pairs: UInt32(pairs)),
            specialize: .init(lanes: UInt32(lanes), halves: pairing == .halves),
            over: .elements(count, perGroup: lanes),
            cost: Cost(flops: 6 * count, bytesRead: 8 * (count + tokens * pairs), bytesWritten: 8 * count),
            shape: "(\(tokens), \(heads), \(headDim))")
    }
}
