/// Filters by their names: Jinja's own, and `tojson` as transformers has it.
///
/// Meanings: https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters. Texts are never marked as safe,
/// because nothing here escapes by itself.
enum Filters {
    typealias Filter = @Sendable (FilterCall) throws(TemplateError) -> TemplateValue

    static func named(_ name: String) -> Filter? { table[name] }

    private static let table: [String: Filter] = [
        "abs": abs, "attr": attr, "batch": batch, "capitalize": capitalize, "center": center, "count": length,
        "d": standard, "default": standard, "dictsort": dictsort, "e": escape, "escape": escape, "first": first,
        "float": float, "forceescape": escape, "format": format, "groupby": groupby, "indent": indent, "int": int,
        "items": items, "join": join, "last": last, "length": length, "list": list, "lower": lower, "map": map,
        "max": greatest, "min": least, "reject": reject, "rejectattr": rejectattr, "replace": replace,
        "reverse": reverse,
        "round": round, "safe": string, "select": select, "selectattr": selectattr, "slice": slice, "sort": sort,
        "string": string, "sum": sum, "title": title, "tojson": tojson, "trim": trim, "truncate": truncate,
        "unique": unique, "upper": upper, "urlencode": urlencode, "wordcount": wordcount,
    ]

    // MARK: Any value

    @Sendable static func standard(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("default_value", "boolean")
        let isMissing = call.value.isUndefined || given[1].isTrue && !call.value.isTrue
        return isMissing ? given[0] ?? "" : call.value
    }

    @Sendable static func attr(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let name = try call.bind("name", required: 1)[0].text(or: "")
        try call.interpreter.charge(name.bytes.count / 8)
        // Unlike `value.name`, it finds no elements of a dictionary.
        if case .dictionary = call.value, Methods.names(of: call.value)?.reading.contains(name) != true {
            return call.value.missing(.string(name))
        }
        return try call.interpreter.attribute(name, of: call.value)
    }

    @Sendable static func string(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        try call.bindNothing()
        return .string(try call.text())
    }

    @Sendable static func tojson(_ call: FilterCall) throws(TemplateError) -> TemplateValue {
        let given = try call.bind("ensure_ascii", "indent", "separators", "sort_keys")
        var options = JSONText.Options()
        options.isASCII = given[0].isTrue
        options.sortsKeys = given[3].isTrue
        options.indentation = try JSONText.indentation(given[1], call)
        options.setSeparators(try JSONText.separators(given[2], call))
        return .string(try JSONText.text(of: call.value, options, call.interpreter))
    }
}
