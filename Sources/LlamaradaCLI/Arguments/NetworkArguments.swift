import ArgumentParser
import FoundationEssentials
import LlamaradaServerSettings
import LlamaradaTensors

/// Where a server's clients come from.
struct NetworkArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init("The address to listen at; 0.0.0.0 is every one of this machine.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(parsing: .unconditional, help: .init("The port; 0 takes a free one.", valueName: "port"))
    var port = 8080

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "A key that clients must show; may be given several times, and LLAMA_API_KEY in the environment is one more. Clients of different keys share nothing of the cache.",
            valueName: "key"))
    var apiKey: [String] = []

    @Flag(help: "Serve without a key at an address that others can reach.")
    var noApiKey = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "A page whose scripts may call, such as https://example.org; * is every page. May be given several times. (default: none)",
            valueName: "origin"))
    var allowOrigin: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: .init(
            "A name by which clients call a server that has no key, besides its address. May be given several times.",
            valueName: "name"))
    var serverName: [String] = []

    func validate() throws {
        if host.isEmpty { throw ValidationError("--host must be an address, not ''.") }
        if !(0...65_535 ~= port) { throw ValidationError("--port must be from 0 to 65535, not \(port).") }
        for key in apiKey where !Self.isKey(key) {
            throw ValidationError("--api-key must be 1 to 512 visible ASCII characters.")
        }
    }

    /// What a header can carry, and nothing that would look the same to people.
    private static func isKey(_ key: String) -> Bool {
        1...512 ~= key.utf8.count && key.utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }

    /// The settings, with the key of the environment.
    ///
    /// - Throws: `UsageError` where others could use the server without a key.
    func settings() throws -> ServerSettings.Network {
        var settings = ServerSettings.Network()
        settings.host = host
        settings.port = port
        settings.keys = apiKey
        settings.origins = allowOrigin
        settings.names = serverName
        if let key = ProcessInfo.processInfo.environment["LLAMA_API_KEY"], !key.isEmpty {
            guard Self.isKey(key) else {
                throw UsageError(line: "LLAMA_API_KEY must be 1 to 512 visible ASCII characters.")
            }
            settings.keys.append(key)
        }
        guard !settings.keys.isEmpty || noApiKey || Self.isThisMachine(host) else {
            throw UsageError(
                line:
                    "Others can reach \(host.escapingControls), and there is no key: set --api-key, or --no-api-key to serve anybody."
            )
        }
        return settings
    }

    private static func isThisMachine(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
