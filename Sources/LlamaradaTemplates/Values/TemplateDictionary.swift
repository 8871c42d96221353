/// A dictionary that keeps the order in which its keys came, as Python's do. It never changes.
public final class TemplateDictionary: Sendable {
    /// The keys, in order.
    public let keys: [TemplateValue]
    /// The value of each key, in the same order.
    public let values: [TemplateValue]
    /// Where a key is; absent in small dictionaries, which are faster looked through.
    private let places: [TemplateValue: Int]?
    let height: Int
    let size: Int

    /// Up to this many keys are looked through.
    private static let smallCount = 8

    /// Keys and values in order; of two equal keys the first one's place and the last value count.
    public init(_ entries: some Sequence<(TemplateValue, TemplateValue)>) {
        var keys: [TemplateValue] = []
        var values: [TemplateValue] = []
        var places: [TemplateValue: Int] = [:]
        for (key, value) in entries {
            if let place = places[key] {
                values[place] = value
            } else {
                places[key] = keys.count
                keys.append(key)
                values.append(value)
            }
        }
        self.keys = keys
        self.values = values
        self.places = keys.count > Self.smallCount ? places : nil
        height = 1 + max(keys.highest, values.highest)
        size = (keys + values).totalSize
    }

    /// The value of a key; nil where there is none.
    public subscript(_ key: TemplateValue) -> TemplateValue? {
        guard let places else { return keys.firstIndex(of: key).map { values[$0] } }
        return places[key].map { values[$0] }
    }

    subscript(_ name: TemplateText) -> TemplateValue? { self[.string(name)] }

    var count: Int { keys.count }

    /// Keys and values as pairs.
    var pairs: [TemplateValue] { zip(keys, values).map { .tuple([$0, $1]) } }
}
