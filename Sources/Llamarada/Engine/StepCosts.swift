/// What steps of decoding rows took lately, by their bucket of rows: `StepShape.bucket(_:)`.
///
/// A bucket is known by the median of its last steps, until it was not used for some time: what it would take may have
/// changed by then, with the depth of the texts or with the machine's other work. What is not known is expected to follow
/// from smaller buckets; so one that was too dear is tried again, twice as seldom each time that this is confirmed.
package struct StepCosts: Sendable {
    private struct Entry {
        /// Seconds, the newest last.
        var samples: [Double]
        /// When it was used last, counted in steps.
        var lastUse: Int
        /// For how many steps of others it stays known.
        var patience = StepCosts.leastPatience

        var median: Double { samples.sorted()[(samples.count - 1) / 2] }
    }

    private var entries: [Int: Entry] = [:]
    private var steps = 0

    /// Samples of a median: few, since costs change; an odd number, so that one that was disturbed does not count.
    private static let sampleCount = 5
    package static let leastPatience = 64
    private static let mostPatience = 1024
    /// What one more row adds at least, as a share of a step: less would be found in no measurement.
    private static let leastSlope = 0.02

    package init() {}

    /// Notes what a step took.
    ///
    /// - Parameter bucket: its decoding rows, those that fill it up too.
    package mutating func note(_ seconds: Double, bucket: Int) {
        steps += 1
        guard var entry = entries[bucket] else {
            entries[bucket] = Entry(samples: [seconds], lastUse: steps)
            return
        }
        if isKnown(entry) {
            entry.samples = entry.samples.suffix(Self.sampleCount - 1) + [seconds]
        } else {
            let isConfirmed = 0.9...1.1 ~= seconds / max(entry.median, .leastNormalMagnitude)
            entry.patience = isConfirmed ? min(2 * entry.patience, Self.mostPatience) : Self.leastPatience
            entry.samples = [seconds]
        }
        entry.lastUse = steps
        entries[bucket] = entry
    }

    private func isKnown(_ entry: Entry) -> Bool { steps - entry.lastUse <= entry.patience }

    /// What a step of a bucket takes, or is expected to take.
    ///
    /// - Returns: seconds; nil where neither it nor the bucket before it is known: what is far from everything that was
    ///   measured is not tried.
    package func seconds(bucket: Int) -> Double? {
        if let entry = entries[bucket], isKnown(entry) { return entry.median }
        let known = entries.filter { $0.key < bucket && isKnown($0.value) }.sorted { $0.key < $1.key }
        guard let last = known.last, last.key == StepShape.bucketBefore(bucket) else { return nil }
        var slope = Self.leastSlope * last.value.median
        if let other = known.dropLast().last {
            slope = max(slope, (last.value.median - other.value.median) / Double(last.key - other.key))
        }
        return last.value.median + slope * Double(bucket - last.key)
    }
}
