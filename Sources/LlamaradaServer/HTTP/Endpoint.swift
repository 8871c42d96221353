package import HTTPTypes

/// One path and method, and what answers there.
package struct Endpoint: Sendable {
    package var method: HTTPRequest.Method
    /// Where it is found, without parameters; the first is the one that metrics name.
    package var paths: [String]
    /// Whether it answers without a key.
    package var isOpen = false
    var answer: @Sendable (Call) async throws -> Reply

    /// All of them.
    package static let all: [Endpoint] = api + PageEndpoint.all

    /// What programs ask; `/openapi.json` describes them.
    package static let api: [Endpoint] = [
        Endpoint(method: .get, paths: ["/health", "/v1/health"], isOpen: true, answer: StatusEndpoints.health),
        Endpoint(method: .get, paths: ["/v1/models", "/models"], answer: StatusEndpoints.models),
        Endpoint(method: .get, paths: ["/props"], answer: StatusEndpoints.properties),
        Endpoint(method: .get, paths: ["/slots"], answer: StatusEndpoints.slots),
        Endpoint(method: .get, paths: ["/metrics"], answer: StatusEndpoints.metrics),
        Endpoint(method: .post, paths: ["/v1/completions"], answer: CompletionEndpoint.answer),
        Endpoint(method: .post, paths: ["/v1/chat/completions"], answer: ChatEndpoint.answer),
        Endpoint(method: .post, paths: ["/v1/embeddings"], answer: EmbeddingEndpoint.answer),
        Endpoint(method: .post, paths: ["/apply-template"], answer: ChatEndpoint.applyTemplate),
        Endpoint(method: .post, paths: ["/tokenize"], answer: TokenEndpoints.tokenize),
        Endpoint(method: .post, paths: ["/detokenize"], answer: TokenEndpoints.detokenize),
        Endpoint(method: .get, paths: ["/openapi.json"], answer: OpenAPIEndpoint.answer),
        Endpoint(method: .get, paths: ["/tokenizer_info"], answer: TokenEndpoints.information),
    ]
}

/// Finds endpoints by their paths.
struct EndpointTable: Sendable {
    private let byPath: [String: [Endpoint]]

    init(_ endpoints: [Endpoint] = Endpoint.all) {
        var byPath: [String: [Endpoint]] = [:]
        for endpoint in endpoints {
            for path in endpoint.paths { byPath[path, default: []].append(endpoint) }
        }
        self.byPath = byPath
    }

    /// The methods that a path knows; none where there is no such path.
    func methods(_ path: String) -> [HTTPRequest.Method] { (byPath[path] ?? []).map(\.method) }

    /// What answers.
    func find(_ method: HTTPRequest.Method, _ path: String) -> Endpoint? {
        byPath[path]?.first { $0.method == method || (method == .head && $0.method == .get) }
    }
}
