/// A word between `{{ }}` or `{% %}`, or the text between those.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// Text outside of any tag.
        case text(TemplateText)
        case outputBegin, outputEnd, blockBegin, blockEnd
        case name(TemplateText)
        case string(TemplateText)
        case integer(Int)
        case double(Double)
        /// An operator, a bracket, or other punctuation.
        case sign(String)
        case end
    }

    let kind: Kind
    let line: Int

    /// The token as messages quote it.
    var description: String {
        switch kind {
        case .text: "text"
        case .outputBegin: "begin of print statement"
        case .outputEnd: "end of print statement"
        case .blockBegin: "begin of statement block"
        case .blockEnd: "end of statement block"
        case .name(let name): name.description
        case .string: "string"
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .sign(let sign): sign
        case .end: "end of template"
        }
    }
}
