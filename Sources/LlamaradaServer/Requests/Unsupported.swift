import LlamaradaTensors

/// Fields that would change the answer and that this server does not know: leaving them out of account would give
/// something else than was asked for.
enum Unsupported {
    /// Refuses what cannot be done.
    ///
    /// - Throws: `APIError` that names the field.
    static func check(_ fields: Fields) throws(APIError) {
        if let format = try fields.object("response_format"), let type = try format.text("type"), type != "text" {
            throw .unsupported(
                "response_format", "'response_format' must be of type 'text'; '\(type.prefix(40))' is not supported.")
        }
        for name in ["grammar", "json_schema", "guided_json", "guided_regex", "guided_grammar", "guided_choice"]
        where fields[name] != nil {
            throw .unsupported(name, "'\(name)' is not supported: output cannot be constrained.")
        }
        if let suffix = try fields.text("suffix"), !suffix.isEmpty {
            throw .unsupported("suffix", "'suffix' is not supported: text is only continued.")
        }
        let count = try fields.integer("n", in: 1...Int(Int32.max)) ?? 1
        if let best = try fields.integer("best_of", in: 1...Int(Int32.max)), best != count {
            throw .unsupported("best_of", "'best_of' other than 'n' is not supported.")
        }
    }
}
