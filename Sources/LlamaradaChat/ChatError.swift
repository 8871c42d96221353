package import LlamaradaErrors

/// A conversation that cannot be had: the model has no template for one, or a message is none.
package struct ChatError: LlamaradaError, Equatable {
    /// The kind of fault.
    package enum Code: Sendable, Hashable {
        /// The model carries no chat template: it continues texts.
        case noTemplate
        /// The model carries no chat template of that name.
        case unknownTemplate
        /// A message, or a list of them, is not as it should be.
        case invalidMessage
        /// A conversation that was saved cannot be read.
        case invalidFile
    }

    /// The kind of fault.
    package let code: Code
    /// The file that it is about; empty where it is about none.
    package let file: String
    /// What is at fault, such as `messages[2].content`; empty where it is no message.
    package let parameter: String
    /// What failed, what was expected and what was found: one line without a final stop.
    package let problem: String

    package init(_ code: Code, _ problem: String, file: String = "", parameter: String = "") {
        self.code = code
        self.problem = problem
        self.file = file
        self.parameter = parameter
    }

    /// What to do about it.
    package var remedy: Remedy {
        switch code {
        case .noTemplate: .chatModel
        case .unknownTemplate, .invalidMessage, .invalidFile: .noneKnown
        }
    }

    /// One line: problem and remedy.
    package var description: String { line(spelling: \.words) }

    /// A value of a conversation that is something else than it should be.
    static func invalid(_ parameter: String, expected: String, found: String) -> ChatError {
        ChatError(.invalidMessage, "\(parameter): expected \(expected), found \(found)", parameter: parameter)
    }
}
