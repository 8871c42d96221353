import LlamaradaServerSettings
import Logging

/// What every request can see.
final class ServerState: Sendable {
    let settings: ServerSettings
    let host: ModelHost
    let admission: Admission
    let clients = ClientList()
    let metrics = ServerMetrics()
    let feeds = FeedList()
    let logger: Logger
    /// Seconds since 1970 at which the server began.
    let begun: Int

    init(_ settings: ServerSettings, begun: Int, logger: Logger) {
        self.settings = settings
        self.begun = begun
        self.logger = logger
        host = ModelHost(name: settings.model.name)
        admission = Admission(limit: settings.model.sequences + settings.limits.queue)
    }
}
