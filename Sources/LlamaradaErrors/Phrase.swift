/// A remedy in words: an imperative without a capital or a final stop.
public struct Phrase: Sendable, Hashable {
    /// What to do, such as "use".
    public var verb: String
    /// With what, such as "a shorter context"; empty where the verb says all.
    public var object: String

    /// Makes a phrase of its parts.
    public init(_ verb: String, _ object: String = "") {
        self.verb = verb
        self.object = object
    }

    /// The whole phrase.
    var text: String { object.isEmpty ? verb : "\(verb) \(object)" }
}

extension [Phrase] {
    /// The phrases as alternatives, such as "use a shorter context or a smaller model, or free memory".
    var joined: String {
        guard let first else { return "" }
        return zip(self, dropFirst()).reduce(first.text) { text, pair in
            let (previous, next) = pair
            return text + (previous.verb == next.verb ? " or \(next.object)" : ", or \(next.text)")
        }
    }
}
