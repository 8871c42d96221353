import Glibc
import Llamarada
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import Logging

/// The program that serves. The command line makes its settings and starts it; by itself it knows no argument.
@main
struct LlamaradaServe {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        guard let settings = SettingsReader.settings() else {
            say("This program is started by the command 'serve' of llamarada, which tells it what to serve.")
            exit(64)
        }
        do {
            let (model, start) = (settings.model, ContinuousClock.now)
            let server = LlamaradaServer(
                settings, logger: ServeLog.logger,
                loadModel: { try await LanguageModel.load(model.path, options: LoadOptions(model)) },
                whenListening: { say("listening at http://\(settings.network.urlHost):\($0)") },
                whenReady: {
                    let seconds = Double(Int((ContinuousClock.now - start) / .milliseconds(10))) / 100
                    say("'\(model.name)' is ready after \(seconds) s: \(model.sequences) x \($0.contextLength) tokens")
                })
            try await server.run()
            end(0)
        } catch {
            let (status, line) = describe(error, settings.statuses)
            say(line)
            end(status)
        }
    }

    private static func describe(_ error: any Error, _ statuses: ServerSettings.Statuses) -> (Int32, String) {
        switch error {
        case let error as CheckpointError: (error.code == .io ? statuses.io : statuses.modelFile, error.description)
        case let error as DeviceError: (statuses.device, error.description)
        case let error as GenerationError: (statuses.usage, error.description)
        case let error as any LlamaradaError: (statuses.io, error.line(spelling: \.words))
        default: (statuses.io, "\(error)")
        }
    }

    /// A line on stderr.
    private static func say(_ line: String) { ServeLog.write(line) }

    /// Ends the process without its libraries' exit handlers: a driver's may run while the engine's thread computes.
    private static func end(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}
