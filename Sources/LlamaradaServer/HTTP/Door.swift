import HTTPTypes
import LlamaradaServerSettings

/// Who may come in: by key, and by the names under which a browser found this server.
struct Door: Sendable {
    private let keys: [[UInt8]]
    private let names: Set<String>
    private let origins: [String]

    init(_ network: ServerSettings.Network) {
        keys = network.keys.map { Array($0.utf8) }
        names = Set((network.names + [network.host]).map { $0.lowercased() })
        origins = network.origins
    }

    /// Checks a request.
    ///
    /// - Returns: what sets the holder of this key apart from others.
    func check(_ head: HTTPRequest, isOpen: Bool) throws(APIError) -> UInt64 {
        try checkOrigin(head)
        if keys.isEmpty {
            try checkName(head.authority)
            return 0
        }
        guard !isOpen else { return 0 }
        guard let found = Self.key(head) else { throw Self.refusal }
        // Every key is compared to its end, so that the time tells nothing of where they differ.
        var holder: UInt64?
        for (index, key) in keys.enumerated() where SecretComparison.isEqual(found, key) { holder = UInt64(index) + 1 }
        guard let holder else { throw Self.refusal }
        return holder
    }

    private static let refusal = APIError(
        status: 401, message: "The key is missing or wrong: send 'Authorization: Bearer KEY'.",
        type: "authentication_error", code: "invalid_api_key")

    private static func key(_ head: HTTPRequest) -> [UInt8]? {
        guard let field = head.headerFields[.authorization] else { return nil }
        let words = field.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return Array(words[1].drop { $0 == " " }.utf8)
    }

    // MARK: Browsers

    /// Without keys, whoever can send a request is served; so a page that lets its own name point here must not. An
    /// address is nobody's to point elsewhere.
    private func checkName(_ authority: String?) throws(APIError) {
        guard let authority else { return }
        let name = Self.host(authority).lowercased()
        guard Self.isAddress(name) || name == "localhost" || name.hasSuffix(".localhost") || names.contains(name) else {
            throw APIError(
                status: 403, message: "This server does not know itself by the name '\(name.prefix(80))'.",
                type: "permission_error", code: "unknown_host")
        }
    }

    /// Scripts of other pages are refused, as a browser would leave them without an answer anyway.
    private func checkOrigin(_ head: HTTPRequest) throws(APIError) {
        guard let origin = head.headerFields[.origin], allowed(origin) == nil else { return }
        if let authority = head.authority, origin.lowercased().hasSuffix("://" + authority.lowercased()) { return }
        throw APIError(
            status: 403, message: "Pages of '\(origin.prefix(80))' may not call this server.", type: "permission_error",
            code: "origin_not_allowed")
    }

    /// What a browser is told of an origin; nil where it may not call.
    func allowed(_ origin: String) -> String? {
        if origins.contains("*") { return "*" }
        return origins.contains(origin) ? origin : nil
    }

    /// The name or address of `host:port` or `[address]:port`.
    private static func host(_ authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "%" } }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
