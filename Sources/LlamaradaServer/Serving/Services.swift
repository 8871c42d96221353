import Glibc
import HummingbirdCore
import Llamarada
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaServerSettings
import LlamaradaTensors
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Accepts connections and answers requests.
struct ListeningService: Service {
    private let state: ServerState
    private let whenListening: @Sendable (Int) -> Void

    init(_ state: ServerState, _ whenListening: @escaping @Sendable (Int) -> Void) {
        self.state = state
        self.whenListening = whenListening
    }

    func run() async throws {
        let limits = state.settings.limits
        let network = state.settings.network
        let responder = Responder(state)
        let clients = state.clients
        let channel = HTTP1Channel(
            responder: { request, writer, channel in try await responder.respond(request, writer, channel) },
            configuration: .init(
                additionalChannelHandlers: [LeavingHandler(clients)],
                // Later than a request that arrives too slowly is told so.
                idleTimeout: .nanoseconds(Int64((limits.arrivalSeconds + 1) * 1e9)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        let server = Server(
            childChannelSetup: channel,
            configuration: .init(
                address: .hostname(network.host, port: network.port),
                availableConnectionsDelegate: .maximum(limits.connections, logger: state.logger)),
            onServerRunning: { [whenListening] channel in whenListening(channel.localAddress?.port ?? network.port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: state.logger)
        do {
            try await server.run()
        } catch let error as IOError {
            throw AddressError(
                address: "\(network.urlHost):\(network.port)", reason: String(cString: strerror(error.errnoCode)))
        }
    }
}

/// The address cannot be had.
public struct AddressError: Error, CustomStringConvertible {
    var address: String
    var reason: String

    /// One line.
    public var description: String { "\(address): cannot listen there: \(reason)." }
}

/// Loads the model, then waits for the end.
struct LoadingService: Service {
    private let state: ServerState
    private let load: @Sendable () async throws -> LanguageModel
    private let whenReady: @Sendable (LanguageModel) -> Void

    init(
        _ state: ServerState, _ load: @escaping @Sendable () async throws -> LanguageModel,
        _ whenReady: @escaping @Sendable (LanguageModel) -> Void
    ) {
        self.state = state
        self.load = load
        self.whenReady = whenReady
    }

    func run() async throws {
        let model: LanguageModel
        do {
            model = try await cancelWhenGracefulShutdown { try await load() }
        } catch is CancellationError {
            // Asked to end before there was anything to serve.
            return
        }
        if let error = state.host.become(model, template: state.settings.model.chatTemplate) {
            state.logger.warning("conversations are refused: \((error as? any LlamaradaError)?.problem ?? "\(error)")")
        }
        // Not where the end came first.
        if case .ready = state.host.state { whenReady(model) }
        try? await gracefulShutdown()
    }
}

/// Ends everything once the device is lost, after those who wait were told.
struct LossService: Service {
    private let state: ServerState

    init(_ state: ServerState) { self.state = state }

    func run() async throws {
        let loss = await cancelWhenGracefulShutdown { await state.host.loss() }
        guard let loss else { return }
        state.feeds.fail(loss)
        try? await Task.sleep(for: .seconds(1))
        throw loss
    }
}

/// Turns new requests away when the server is asked to end, and gives those under way their time.
struct GraceService: Service {
    private let state: ServerState
    private let takesSignals: Bool

    init(_ state: ServerState, takesSignals: Bool) {
        self.state = state
        self.takesSignals = takesSignals
    }

    func run() async throws {
        try? await gracefulShutdown()
        state.host.end()
        // From now on the system's own answer to a signal: the end.
        for number in takesSignals ? [SIGTERM, SIGINT] : [] { signal(number, SIG_DFL) }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(state.settings.limits.graceSeconds)
        while state.admission.count > 0, clock.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        state.feeds.fail(APIError.unavailable("The server ends.", code: "ending"))
        // Who does not read his last event would keep the process for ever.
        try? await Task.sleep(for: .seconds(1))
        state.clients.disconnect()
    }
}
