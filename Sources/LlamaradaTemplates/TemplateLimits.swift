/// What a template may take; templates come with models, so nobody knows who wrote them.
public struct TemplateLimits: Sendable, Hashable {
    /// Bytes of the template; the longest that models carry have some 30 KB.
    public var templateBytes = 1 << 20
    /// How deep expressions and blocks may be nested in the template. Real ones stay below 30.
    public var nesting = 100
    /// How deep evaluations may be nested, macros that call macros included. A level takes at most 2.5 KB of stack.
    public var depth = 200
    /// Steps: at least one for each node that is evaluated, each element put into a list, and each eight bytes of text
    /// that is made. All of them together take a few seconds and some 200 MB; a conversation of a thousand messages
    /// takes less than a hundredth.
    public var steps = 10_000_000
    /// Bytes of the result, and of any text on the way to it.
    public var textBytes = 16 << 20
    /// How deep lists and dictionaries may lie in each other.
    public var valueHeight = 64

    /// The limits that fit any conversation of a few million tokens.
    public init() {}
}
