import Llamarada
import LlamaradaErrors
import LlamaradaGrammar
import LlamaradaTensors

/// What answers must follow: OpenAI's `response_format`, and llama.cpp's `grammar` and `json_schema`.
struct ConstraintFields {
    /// Nil where answers are free.
    let source: OutputConstraint.Source?
    /// The field that says so.
    let parameter: String

    /// Reads the fields; `stop` and `ignore_eos` must leave whole what is constrained.
    ///
    /// - Throws: `APIError` that names the field that is wrong.
    init(_ fields: Fields) throws(APIError) {
        var found: [(parameter: String, source: OutputConstraint.Source)] = []
        if let source = try Self.responseFormat(fields) { found.append(("response_format", source)) }
        if let text = try fields.text("grammar"), !text.isEmpty { found.append(("grammar", .grammar(text))) }
        if let schema = fields["json_schema"] {
            found.append(("json_schema", .jsonSchema(try Self.schema(schema, "json_schema"))))
        }
        guard found.count < 2 else {
            throw .invalid(
                "'\(found[0].parameter)' and '\(found[1].parameter)' both constrain the answer: give one.",
                found[1].parameter)
        }
        (source, parameter) = (found.first?.source, found.first?.parameter ?? "")
        if source != nil { try Self.checkEnds(fields, parameter) }
    }

    /// Refuses what would cut an answer, or go on behind it.
    static func checkEnds(_ fields: Fields, _ parameter: String) throws(APIError) {
        if try AnswerFields.stops(fields).contains(where: { !$0.isEmpty }) {
            throw .unsupported("stop", "'stop' is not supported with '\(parameter)': it would cut the answer.")
        }
        if try fields.flag("ignore_eos") {
            throw .unsupported("ignore_eos", "'ignore_eos' is not supported with '\(parameter)'.")
        }
    }

    private static func responseFormat(_ fields: Fields) throws(APIError) -> OutputConstraint.Source? {
        guard let format = try fields.object("response_format") else { return nil }
        let name = "response_format"
        switch try format.text("type") {
        case nil, "text": return nil
        case "json_object":
            // llama.cpp takes a schema here, too.
            guard let schema = format["schema"] else { return .jsonObject }
            return .jsonSchema(try Self.schema(schema, name))
        case "json_schema":
            // Whether it is "strict" or not, it is followed.
            let named = try format.object("json_schema")
            guard let schema = named?["schema"] ?? format["schema"] else {
                throw .invalid("'response_format.json_schema.schema' is missing.", name)
            }
            return .jsonSchema(try Self.schema(schema, name))
        case .some(let other):
            throw .unsupported(
                name,
                "'response_format' must be of type 'text', 'json_object' or 'json_schema'; '\(other.prefix(40))' is not supported."
            )
        }
    }

    private static func schema(_ value: JSONValue, _ name: String) throws(APIError) -> String {
        switch value {
        case .object, .bool: return value.encoded
        default: throw Fields.wrong(name, "a JSON schema, which is an object", value)
        }
    }

    /// The constraint, prepared for a model; nil where answers are free.
    ///
    /// - Throws: `APIError` that names the field.
    func constraint(_ model: LanguageModel) async throws -> OutputConstraint? {
        guard let source else { return nil }
        do {
            return try await model.constraint(source)
        } catch let error as GrammarError {
            throw APIError(error, parameter)
        }
    }
}

extension APIError {
    /// What a client is told of a grammar or a schema.
    init(_ error: GrammarError, _ parameter: String) {
        let line = error.line(spelling: \.words)
        self = .invalid(
            line.prefix(1).uppercased() + line.dropFirst(), parameter,
            code: error.code == .unsupported ? "unsupported_schema" : "invalid_grammar")
    }
}
