/// A piece of a template: text, or something between `{{ }}` or `{% %}`.
struct Statement: Sendable {
    indirect enum Kind: Sendable {
        case text(TemplateText)
        /// `{{ value }}`
        case output(Expression)
        case loop(ForLoop)
        /// `{% if %}`, every `{% elif %}`, and `{% else %}`
        case choice([(condition: Expression, body: [Statement])], otherwise: [Statement])
        /// `{% set target = value %}`
        case assignment(Target, Expression)
        /// `{% set target | filters %}body{% endset %}`
        case capture(Target, [Link], [Statement])
        case macro(Macro)
        /// `{% call(parameters) callee(…) %}body{% endcall %}`: the body is the macro `caller` of the callee.
        case call(Expression, body: Macro)
        /// `{% filter filters %}body{% endfilter %}`
        case filter([Link], [Statement])
        /// `{% with name = value %}body{% endwith %}`, and other blocks with variables of their own
        case block([(target: Target, value: Expression)], [Statement])
        case leaveLoop
        case nextIteration
    }

    /// The line on which it begins, counted from 1.
    let line: Int
    let kind: Kind
}

/// What a value is given to.
indirect enum Target: Sendable {
    case name(TemplateText)
    case tuple([Target])
    /// `namespace.attribute`
    case attribute(of: TemplateText, TemplateText)
}

/// `{% for target in values if condition %}body{% else %}otherwise{% endfor %}`
struct ForLoop: Sendable {
    var target: Target
    var values: Expression
    var condition: Expression?
    /// Whether the body may call `loop` with other values.
    var isRecursive = false
    var body: [Statement] = []
    var otherwise: [Statement] = []
}

/// `{% macro name(parameters) %}body{% endmacro %}`
struct Macro: Sendable {
    struct Parameter: Sendable {
        var name: TemplateText
        var standard: Expression?
    }

    /// Special variables that a body reads; a macro takes more arguments than its own only where it does.
    struct Special: OptionSet, Sendable {
        let rawValue: Int
        static let caller = Special(rawValue: 1)
        static let positional = Special(rawValue: 2)
        static let named = Special(rawValue: 4)
    }

    var name: TemplateText
    var parameters: [Parameter]
    var body: [Statement] = []
    var reads: Special = []
}
