/// A list, or something else of Python that has elements in an order. It never changes.
public final class TemplateList: Sendable {
    /// What Python has in its place; it decides what is printed, what equals what, and what has a length.
    enum Kind: Sendable, Hashable {
        case list, tuple
        /// `dict_keys`, `dict_values` or `dict_items`.
        case view(String)
        /// A range, and how it is printed.
        case range(String)
        /// What filters give bit by bit. Unlike Python's it can be gone through twice.
        case generator

        var typeName: String {
            switch self {
            case .list: "list"
            case .tuple: "tuple"
            case .view(let name): name
            case .range: "range"
            case .generator: "generator"
            }
        }

        /// Whether elements can be had by their positions.
        var isIndexed: Bool {
            switch self {
            case .list, .tuple, .range: true
            case .view, .generator: false
            }
        }
    }

    /// The elements.
    public let items: [TemplateValue]
    let kind: Kind
    let height: Int
    let size: Int

    /// A list of some values.
    public convenience init(_ items: [TemplateValue]) { self.init(items, .list) }

    init(_ items: [TemplateValue], _ kind: Kind) {
        self.items = items
        self.kind = kind
        height = 1 + items.highest
        size = items.totalSize
    }
}

extension [TemplateValue] {
    var highest: Int { reduce(0) { Swift.max($0, $1.height) } }

    /// One more than all sizes together, as far as an integer goes: a list of lists of one list may be huge.
    var totalSize: Int {
        reduce(1) { total, value in
            let (sum, overflow) = total.addingReportingOverflow(value.size)
            return overflow ? .max : sum
        }
    }
}
