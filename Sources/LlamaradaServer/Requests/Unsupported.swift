import LlamaradaTensors

/// Fields that would change the answer and that this server does not know: leaving them out of account would give
/// something else than was asked for.
enum Unsupported {
    /// Refuses what cannot be done.
    ///
    /// - Throws: `APIError` that names the field.
    static func check(_ fields: Fields) throws(APIError) {
        for name in ["guided_json", "guided_regex", "guided_grammar", "guided_choice", "structured_outputs"]
        where fields[name] != nil {
            throw .unsupported(name, "'\(name)' is not supported: use 'response_format' or 'grammar'.")
        }
        // llama.cpp's: a grammar that holds from some text on, or that begins elsewhere.
        for name in ["grammar_lazy", "grammar_triggers"] where fields[name] != nil && fields[name] != .bool(false) {
            throw .unsupported(name, "'\(name)' is not supported: a grammar holds from the beginning.")
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
