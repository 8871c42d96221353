extension Parser {
    /// `.name`, `[key]` and `(arguments)`, as many as follow.
    mutating func postfixes() throws(TemplateError) -> [Link] {
        var links: [Link] = []
        while true {
            if takes(".") {
                links.append(try attribute())
            } else if takes("[") {
                links.append(try subscripted())
            } else if isAt("(") {
                links.append(.call(try arguments()))
            } else {
                return links
            }
        }
    }

    /// `| filter`, `is test` and calls of what they give, as many as follow.
    mutating func filtersAndTests() throws(TemplateError) -> [Link] {
        var links: [Link] = []
        while true {
            if takes("|") {
                links.append(try filter())
            } else if takes(word: "is") {
                links.append(try test())
            } else if isAt("(") {
                links.append(.call(try arguments()))
            } else {
                return links
            }
        }
    }

    /// A filter and all that are piped behind it.
    mutating func filterChain() throws(TemplateError) -> [Link] {
        var filters = [try filter()]
        while takes("|") { filters.append(try filter()) }
        return filters
    }

    /// A filter's name and arguments.
    mutating func filter() throws(TemplateError) -> Link {
        let name = try dottedName()
        return .filter(name, isAt("(") ? try arguments() : ArgumentList())
    }

    private mutating func attribute() throws(TemplateError) -> Link {
        switch current.kind {
        case .name(let name):
            advance()
            return .attribute(name)
        case .integer(let number):
            advance()
            return .item(.constant(.integer(number)))
        default: throw unexpected("a name or a number")
        }
    }

    /// What stands between brackets, and the closing one.
    private mutating func subscripted() throws(TemplateError) -> Link {
        var keys: [Link] = []
        while !takes("]") {
            if !keys.isEmpty { try expect(",") }
            keys.append(try key())
        }
        if keys.count == 1 { return keys[0] }
        var items: [Expression] = []
        for key in keys {
            guard case .item(let item) = key else { throw error("a slice beside other keys") }
            items.append(item)
        }
        return .item(.tuple(items))
    }

    private mutating func key() throws(TemplateError) -> Link {
        let start = isAt(":") ? nil : try expression()
        guard takes(":") else { return .item(start ?? .constant(.none)) }
        let stop = endsSlicePart ? nil : try expression()
        guard takes(":") else { return .slice(start, stop, nil) }
        return .slice(start, stop, endsSlicePart ? nil : try expression())
    }

    private var endsSlicePart: Bool { isAt(":") || isAt("]") || isAt(",") }

    /// A test's name and arguments; one argument needs no parentheses.
    private mutating func test() throws(TemplateError) -> Link {
        let isNegated = takes(word: "not")
        let name = try dottedName()
        var list = ArgumentList()
        if isAt("(") {
            list = try arguments()
        } else if beginsTestArgument {
            guard !isAt(word: "is") else { throw error("You cannot chain multiple tests with is") }
            let value = try nested { (parser) throws(TemplateError) in try parser.primary() }
            let links = try postfixes()
            list.positional = [links.isEmpty ? value : .chain(value, links)]
        }
        return .test(name, list, isNegated: isNegated)
    }

    private var beginsTestArgument: Bool {
        switch current.kind {
        case .name(let name): name != "else" && name != "or" && name != "and"
        case .string, .integer, .double, .sign("["), .sign("{"): true
        default: false
        }
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var text = try name().description
        while takes(".") { text += ".\(try name())" }
        return text
    }

    /// `(value, name = value, *list, **dictionary)`
    private mutating func arguments() throws(TemplateError) -> ArgumentList {
        var list = ArgumentList()
        try expect("(")
        var isFirst = true
        while !takes(")") {
            if !isFirst {
                try expect(",")
                if takes(")") { break }
            }
            isFirst = false
            try addArgument(to: &list)
        }
        return list
    }

    private mutating func addArgument(to list: inout ArgumentList) throws(TemplateError) {
        let isFree = list.dictionary == nil
        if isFree, list.list == nil, takes("*") {
            list.list = try expression()
        } else if isFree, takes("**") {
            list.dictionary = try expression()
        } else if isFree, case .name(let name) = current.kind, next.kind == .sign("=") {
            advance()
            advance()
            list.named.append((name, try expression()))
        } else if isFree, list.list == nil, list.named.isEmpty {
            list.positional.append(try expression())
        } else {
            throw error("invalid syntax for function call expression")
        }
    }
}
