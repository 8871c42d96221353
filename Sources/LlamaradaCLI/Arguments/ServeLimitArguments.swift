import ArgumentParser
import LlamaradaServerSettings

/// What a server lets its clients take.
struct ServeLimitArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init("Answers that may wait for their turn; others get status 429.", valueName: "count"))
    var queue = 256

    @Option(
        parsing: .unconditional,
        help: .init("Most answers to one request: its prompts times n.", valueName: "count"))
    var maxChoices = 128

    @Option(parsing: .unconditional, help: .init("Most bytes of a request.", valueName: "bytes"))
    var maxBody = 8 << 20

    @Option(
        parsing: .unconditional, help: .init("Most connections; more wait to be accepted.", valueName: "count"))
    var maxConnections = 1024

    @Option(
        parsing: .unconditional,
        help: .init("Seconds until a request has to be answered.", valueName: "seconds"))
    var timeout = 600.0

    @Option(
        parsing: .unconditional,
        help: .init("Seconds in which a request must arrive, and that a connection may lie idle.", valueName: "seconds")
    )
    var idle = 60.0

    @Option(
        parsing: .unconditional,
        help: .init("Seconds of silence after which a stream says that it is alive.", valueName: "seconds"))
    var ping = 10.0

    @Option(
        parsing: .unconditional,
        help: .init("Seconds that what is under way may take after the server was asked to end.", valueName: "seconds"))
    var grace = 30.0

    func validate() throws {
        for (name, value) in [
            ("--max-choices", maxChoices), ("--max-body", maxBody), ("--max-connections", maxConnections),
        ] where !(1...(1 << 30) ~= value) {
            throw ValidationError("\(name) must be from 1 to \(1 << 30), not \(value).")
        }
        if !(0...(1 << 30) ~= queue) { throw ValidationError("--queue must be from 0 to \(1 << 30), not \(queue).") }
        for (name, value, least) in [
            ("--timeout", timeout, 0.1), ("--idle", idle, 0.1), ("--ping", ping, 0.1), ("--grace", grace, 0),
        ] where !(least...86_400 ~= value) {
            throw ValidationError("\(name) must be from \(least) to 86400, not \(value).")
        }
    }

    /// The limits as the server takes them.
    var settings: ServerSettings.Limits {
        var settings = ServerSettings.Limits()
        settings.queue = queue
        settings.choices = maxChoices
        settings.bodyBytes = maxBody
        settings.connections = maxConnections
        settings.requestSeconds = timeout
        settings.arrivalSeconds = idle
        settings.pingSeconds = ping
        settings.graceSeconds = grace
        return settings
    }
}
