public import LlamaradaErrors

/// A chat template that cannot be read or rendered, or that refuses the conversation.
public struct TemplateError: LlamaradaError, Equatable {
    /// The kind of fault; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, as printed.
        public let description: String

        /// The template is no Jinja.
        public static let syntax = Code(description: "syntax")
        /// The template asks for something that this interpreter does not have.
        public static let unsupported = Code(description: "unsupported")
        /// Something is not there that the template needs.
        public static let undefined = Code(description: "undefined")
        /// A value is of another type, or another number, than an operation takes.
        public static let value = Code(description: "value")
        /// The template would change what it was given, or look behind it.
        public static let forbidden = Code(description: "forbidden")
        /// The template called `raise_exception`: it refuses this conversation.
        public static let raised = Code(description: "raised")
        /// The template takes more than `TemplateLimits` allow.
        public static let limit = Code(description: "limit")
    }

    /// The kind of fault.
    public let code: Code
    /// What is wrong; of `.raised` the template's own words.
    public let message: String
    /// The line of the template, counted from 1; nil where none is known.
    public internal(set) var line: Int?

    /// Makes an error from its kind and its message.
    public init(_ code: Code, _ message: String, line: Int? = nil) {
        self.code = code
        self.message = message
        self.line = line
    }

    /// What is wrong, and where: one line without a final stop.
    public var problem: String {
        let place = line.map { ", line \($0)" } ?? ""
        let reason = oneLine
        return "the chat template\(place), \(code == .raised ? "refuses the conversation" : "fails")"
            + (reason.isEmpty ? "" : ": \(reason)")
    }

    /// What to do about it.
    public var remedy: Remedy { code == .raised ? Self.otherMessages : Self.otherTemplate }

    /// One line: problem and remedy.
    public var description: String { line(spelling: \.words) }

    /// The remedy for a conversation that a template refuses.
    package static let otherMessages = Remedy.other("Change the messages as the template asks")
    /// The remedy for a template that cannot be used.
    package static let otherTemplate = Remedy.other("Use another chat template")

    /// The message on one line, at most 300 characters of it, without its own final stop.
    private var oneLine: String {
        var text = ""
        for scalar in message.unicodeScalars.prefix(300) {
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        if message.unicodeScalars.count > 300 { return text + "…" }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
