/// An expression of a template. What can be chained without end is a list here, so that the tree is never deeper than
/// the parser went.
indirect enum Expression: Sendable {
    case constant(TemplateValue)
    case name(TemplateText)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    /// A value and what is applied to it, one after the other: `messages[0].content | trim is defined`.
    case chain(Expression, [Link])
    case negative(Expression)
    case positive(Expression)
    case not(Expression)
    /// `first + a - b`, all operators of one precedence, from the left.
    case arithmetic(Expression, [(sign: ArithmeticOperator, operand: Expression)])
    /// `a ~ b ~ c`
    case concatenation([Expression])
    /// `first < a <= b`: all must hold, and each operand is evaluated once.
    case comparison(Expression, [(sign: ComparisonOperator, operand: Expression)])
    /// `a and b and c`
    case all([Expression])
    /// `a or b or c`
    case any([Expression])
    /// `value if a else b if c else d` is a value with alternatives (a, b if c else d).
    case conditional(Expression, [(condition: Expression, otherwise: Expression?)])
}

/// What can follow a value.
enum Link: Sendable {
    /// `.name`
    case attribute(TemplateText)
    /// `[key]`
    case item(Expression)
    /// `[start:stop:step]`
    case slice(Expression?, Expression?, Expression?)
    /// `(arguments)`
    case call(ArgumentList)
    /// `| name(arguments)`
    case filter(String, ArgumentList)
    /// `is name(arguments)`, `is not name(arguments)`
    case test(String, ArgumentList, isNegated: Bool)
}

/// The arguments of a call, unevaluated.
struct ArgumentList: Sendable {
    var positional: [Expression] = []
    var named: [(name: TemplateText, value: Expression)] = []
    /// `*list`
    var list: Expression?
    /// `**dictionary`
    var dictionary: Expression?
}

enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}
