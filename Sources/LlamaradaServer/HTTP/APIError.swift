import LlamaradaTensors

/// What goes wrong with a request, in the shape of OpenAI's API.
struct APIError: Error, Equatable {
    /// The status of the reply.
    var status: Int
    /// One sentence or two for people.
    var message: String
    /// The kind, by OpenAI's names.
    var type: String
    /// The parameter that is wrong.
    var parameter: String?
    /// A word for programs.
    var code: String?
    /// Seconds after which another try makes sense.
    var retryAfter: Int?

    /// The request can't be served as it is.
    static func invalid(_ message: String, _ parameter: String? = nil, code: String? = nil) -> APIError {
        APIError(status: 400, message: message, type: "invalid_request_error", parameter: parameter, code: code)
    }

    /// The server lacks something that the parameter asks for.
    static func unsupported(_ parameter: String, _ message: String) -> APIError {
        .invalid(message, parameter, code: "unsupported_parameter")
    }

    /// Something is wrong on this side.
    static func failed(_ message: String, status: Int = 500, code: String? = nil) -> APIError {
        APIError(status: status, message: message, type: "server_error", code: code)
    }

    /// The server cannot answer for now.
    static func unavailable(_ message: String, code: String) -> APIError {
        APIError(status: 503, message: message, type: "unavailable_error", code: code, retryAfter: 1)
    }

    /// The error as a document.
    var json: JSONValue {
        .object([
            .init(
                "error",
                .object([
                    .init("message", .string(message)), .init("type", .string(type)),
                    .init("param", parameter.map(JSONValue.string) ?? .null),
                    .init("code", code.map(JSONValue.string) ?? .null),
                ]))
        ])
    }
}
