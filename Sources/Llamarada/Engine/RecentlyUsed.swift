/// Values of which those that were not used for longest are dropped.
package struct RecentlyUsed<Key: Hashable, Value> {
    private let most: Int
    private var entries: [Key: (value: Value, lastUse: Int)] = [:]
    private var uses = 0

    /// - Parameter most: how many are kept.
    package init(most: Int) { self.most = most }

    /// A value, which counts as used; setting what is new may drop another one.
    package subscript(key: Key) -> Value? {
        mutating get {
            uses += 1
            entries[key]?.lastUse = uses
            return entries[key]?.value
        }
        set {
            uses += 1
            entries[key] = newValue.map { ($0, uses) }
            guard entries.count > most else { return }
            if let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) { entries[oldest.key] = nil }
        }
    }
}
