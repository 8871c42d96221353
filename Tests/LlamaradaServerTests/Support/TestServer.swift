import Foundation
import Llamarada
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import Logging
import Synchronization
import TestSupport

/// A server in this process, with a tiny model on the CPU.
final class TestServer: Sendable {
    let port: Int
    private let task: Task<Void, any Error>

    /// Starts one and waits until it listens; with a model that is loaded already also until it is ready.
    ///
    /// - Parameters:
    ///   - model: loads what is served.
    init(
        _ change: (inout ServerSettings) -> Void = { _ in },
        model: @escaping @Sendable () async throws -> LanguageModel = TestServer.tinyModel
    ) async throws {
        var settings = ServerSettings()
        settings.model.name = "tiny"
        settings.model.path = Self.tinyPath
        settings.network.port = 0
        change(&settings)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, told) = AsyncStream.makeStream(of: Int.self)
        let server = LlamaradaServer(settings, logger: logger, loadModel: model) { port in
            told.yield(port)
            told.finish()
        }
        task = Task { try await server.run(signals: false) }
        var found = 0
        for await port in ports { found = port }
        port = found
    }

    deinit { task.cancel() }

    /// How it ended.
    func result() async -> Result<Void, any Error> { await task.result }

    static let tinyPath = ModelFixture.folder.appending(path: "models/q8_0.gguf").path()

    /// The model of fixtures with random weights, 128 positions.
    static let tinyModel = model("q8_0")

    /// One of the fixtures.
    static func model(_ name: String) -> @Sendable () async throws -> LanguageModel {
        { try await load(ModelFixture.folder.appending(path: "models/\(name).gguf").path()) }
    }

    private static func load(_ path: String) async throws -> LanguageModel {
        try await LanguageModel.load(
            path,
            options: LoadOptions(
                backend: .cpu, contextLength: 128, sequences: 4, keyCacheType: .f32, valueCacheType: .f32, threads: 1))
    }

    /// Waits until requests are answered.
    func ready() async throws -> TestServer {
        for _ in 0..<500 {
            if try await get("/health").status == 200 { return self }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Connection.Failure(what: "it never became ready")
    }

    /// A request on a connection of its own.
    func get(_ path: String, fields: [String] = []) async throws -> Connection.Reply {
        try await exchange { connection in
            try connection.request("GET", path, fields: fields)
            return try connection.reply()
        }
    }

    /// A document that is posted.
    func post(_ path: String, _ body: String, fields: [String] = []) async throws -> Connection.Reply {
        try await exchange { connection in
            try connection.request("POST", path, body, fields: fields)
            return try connection.reply()
        }
    }

    /// Talks on a thread of its own, since reading waits.
    func exchange<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let port = port
            Thread.detachNewThread {
                continuation.resume(with: Swift.Result { try body(Connection(port: port)) })
            }
        }
    }
}
