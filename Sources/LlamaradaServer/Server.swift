import Glibc
import HummingbirdCore
public import Llamarada
import LlamaradaDevice
import LlamaradaErrors
public import LlamaradaServerSettings
import LlamaradaTensors
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// OpenAI's API over HTTP, in front of one model.
public struct LlamaradaServer: Sendable {
    private let state: ServerState
    private let loadModel: @Sendable () async throws -> LanguageModel
    private let whenListening: @Sendable (Int) -> Void
    private let whenReady: @Sendable (LanguageModel) -> Void

    /// Makes a server that does not run yet.
    ///
    /// - Parameters:
    ///   - loadModel: loads what is served, while the server answers already that it is loading.
    ///   - whenListening: is told the port.
    ///   - whenReady: is told once requests for the model are answered.
    public init(
        _ settings: ServerSettings, logger: Logger, loadModel: @escaping @Sendable () async throws -> LanguageModel,
        whenListening: @escaping @Sendable (Int) -> Void = { _ in },
        whenReady: @escaping @Sendable (LanguageModel) -> Void = { _ in }
    ) {
        state = ServerState(settings, begun: time(nil), logger: logger)
        self.loadModel = loadModel
        self.whenListening = whenListening
        self.whenReady = whenReady
    }

    /// Serves until a signal asks it to end.
    ///
    /// - Parameter signals: whether SIGTERM and SIGINT ask; a second one ends the process at once. Otherwise the task that
    ///   runs it is cancelled.
    /// - Throws: `DeviceError` once the device is lost, what loading threw, `IOError` where the address cannot be had.
    public func run(signals: Bool = true) async throws {
        let services: [any Service] = [
            ListeningService(state, whenListening), LoadingService(state, loadModel, whenReady),
            LossService(state),
            GraceService(state, takesSignals: signals),
        ]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: state.logger)
        configuration.maximumGracefulShutdownDuration = .seconds(state.settings.limits.graceSeconds + 2)
        try await ServiceGroup(configuration: configuration).run()
    }
}
