extension Reference {
    /// A token that may be chosen.
    package struct Candidate: Equatable, Sendable {
        package var id: Int
        package var logit: Float

        package init(id: Int, logit: Float) {
            self.id = id
            self.logit = logit
        }
    }

    /// The one definition of sampling: top-k, typical, top-p, min-p, XTC, temperature, then a draw, in llama.cpp's order.
    ///
    /// Everything is f32, by single multiplications and additions in one order (largest logit first), so that
    /// SampleToken.comp gives the same token. Sums lose what is less than 2⁻²⁴ of them: the tail of a whole vocabulary is
    /// drawn a little too seldom, which one draw in some thousands would show.
    ///
    /// - Parameter logits: (vocabulary), changed by biases and penalties.
    /// - Returns: `noToken` where a logit is NaN or infinite, or where there is none.
    package static func sampleToken(_ logits: [Float], _ row: SamplerRow) -> UInt32 {
        guard !logits.isEmpty, logits.allSatisfy(\.isFinite) else { return noToken }
        var candidates = topK(logits, Int(row.topK))
        typical(&candidates, row.typicalP)
        topP(&candidates, row.topP)
        minP(&candidates, row.logMinP)
        xtc(&candidates, row.xtcThreshold)
        let inverseTemperature = inverseTemperature(candidates, row)
        return UInt32(draw(candidates, inverseTemperature: inverseTemperature, uniform: row.uniform).id)
    }

    /// A number as large in the order of unsigned numbers as a logit is in that of floats; 0 for NaN.
    package static func order(of logit: Float) -> UInt32 {
        guard !logit.isNaN else { return 0 }
        let bits = flushed(logit).bitPattern
        return bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    }

    /// The `count` largest logits, largest first and the lower id first of equal ones; 0 takes all. NaN comes last.
    package static func topK(_ logits: [Float], _ count: Int) -> [Candidate] {
        // The order and the lower id in one number.
        let keys = logits.indices.lazy.map { UInt64(order(of: logits[$0])) << 32 | UInt64(~UInt32($0)) }
        return largest(keys, count).map { key in
            let id = Int(~UInt32(truncatingIfNeeded: key))
            return Candidate(id: id, logit: flushed(logits[id]))
        }
    }

    private static func largest(_ keys: some Collection<UInt64>, _ count: Int) -> [UInt64] {
        // Insertion into a short sorted list touches few keys; above some hundred a full sort is faster.
        guard (1...256).contains(count) else {
            let sorted = keys.count < 1000 ? keys.sorted(by: >) : sortedByDigits(Array(keys))
            return count == 0 ? sorted : Array(sorted.prefix(count))
        }
        var kept: [UInt64] = []
        kept.reserveCapacity(count + 1)
        for key in keys where kept.count < count || key > kept[count - 1] {
            if kept.count == count { kept.removeLast() }
            kept.insert(key, at: kept.lastIndex { $0 > key }.map { $0 + 1 } ?? 0)
        }
        return kept
    }

    /// Largest first, by three passes over eleven bits of the upper half; the lower half descends already, and stays as it
    /// is among equal ones.
    private static func sortedByDigits(_ keys: [UInt64]) -> [UInt64] {
        var (source, target) = (keys, keys)
        for shift in [UInt64(32), 43, 54] {
            func digit(_ key: UInt64) -> Int { 2047 - Int((key >> shift) & 2047) }
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { starts in
                starts.initialize(repeating: 0)
                source.withUnsafeBufferPointer { source in
                    for key in source { starts[digit(key)] += 1 }
                    var sum = 0
                    for index in starts.indices { (starts[index], sum) = (sum, sum + starts[index]) }
                    target.withUnsafeMutableBufferPointer { target in
                        for key in source {
                            target[starts[digit(key)]] = key
                            starts[digit(key)] += 1
                        }
                    }
                }
            }
            swap(&source, &target)
        }
        return source
    }

    /// Drops the tail after the first candidates whose weights sum to at least `limit` of all; keeps at least one.
    package static func topP(_ candidates: inout [Candidate], _ limit: Float) {
        guard limit < 1 else { return }
        let weights = distances(candidates).map(exp32)
        let target = limit * weights.reduce(0, +)
        var running: Float = 0
        for (index, weight) in weights.enumerated() {
            running += weight
            if running >= target { return candidates.removeSubrange((index + 1)...) }
        }
    }

    /// Drops candidates whose logit lies further below the first, the largest, than `logMinP` does below 0.
    package static func minP(_ candidates: inout [Candidate], _ logMinP: Float) {
        let kept = distances(candidates).count { $0 >= logMinP }
        candidates.removeSubrange(max(1, kept)...)
    }

    /// The first candidate at which the running sum of shares, exp(distance / temperature), exceeds `uniform` of all of
    /// it; the last one with a share where rounding keeps it from that.
    package static func draw(_ candidates: [Candidate], inverseTemperature: Float, uniform: Float) -> Candidate {
        var shares = distances(candidates)
        for index in shares.indices { shares[index] = exp32(shares[index] * inverseTemperature) }
        let target = uniform * shares.reduce(0, +)
        var running: Float = 0
        var place = 0
        for (index, share) in shares.enumerated() where share > 0 {
            running += share
            place = index
            if running > target { break }
        }
        return candidates[place]
    }

    /// How far each logit lies below the first, the largest: 0 or less.
    static func distances(_ candidates: [Candidate]) -> [Float] {
        guard let largest = candidates.first?.logit else { return [] }
        return candidates.map { flushed(max($0.logit - largest, -.greatestFiniteMagnitude)) }
    }
}
