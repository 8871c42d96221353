/// A place of a schema, which shares those that it lies in: it takes the same room however deep it is.
final class SchemaPlace: Sendable {
    private let outer: SchemaPlace?
    private let name: String

    /// - Parameter outer: the place that it lies in; nil for the whole schema.
    init(_ name: String = "", in outer: SchemaPlace? = nil) {
        self.name = name
        self.outer = outer
    }

    var isRoot: Bool { outer == nil }

    /// The place as a JSON pointer (RFC 6901), of which the beginning is left out where it is long.
    func pointer(most: Int = 200) -> String {
        var names: [String] = []
        var length = 0
        var place = self
        while let outer = place.outer, length < most {
            let name = String(String.UnicodeScalarView(place.name.unicodeScalars.prefix(most)))
            names.append("/" + name.replacing("~", with: "~0").replacing("/", with: "~1"))
            length += name.utf8.count + 1
            place = outer
        }
        return (place.isRoot ? "#" : "#…") + names.reversed().joined()
    }
}
