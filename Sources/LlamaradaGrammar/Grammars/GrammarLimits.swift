/// How large a grammar may be, so that one from elsewhere costs milliseconds and megabytes at most.
package struct GrammarLimits: Sendable {
    /// Most bytes of a source.
    package var sourceBytes = 1 << 20
    /// Most values (texts, numbers, lists, objects …) in the documents of schemas.
    package var values = 100_000
    /// Most parts of all expressions together.
    package var expressions = 200_000
    /// Most rules.
    package var rules = 20_000
    /// Most groups, lists or objects in each other.
    package var depth = 128
    /// Most states of all automata together, before and after they are made deterministic. A character of a JSON string
    /// of bounded length takes a dozen.
    package var states = 200_000
    /// Most transitions that are looked at while automata are made, which bounds the time: some tens of nanoseconds each.
    package var work = 8_000_000

    package init() {}
}
