import ArgumentParser
import Llamarada
import LlamaradaChat
import LlamaradaDevice
import LlamaradaGrammar
import LlamaradaLab
import LlamaradaTemplates
import LlamaradaTensors
import LlamaradaThreads

/// Arguments that parse one by one, but not together or not for this model.
struct UsageError: Error {
    /// One line for stderr.
    var line: String
}

/// The process's exit statuses; nothing else decides one.
enum ExitStatus {
    /// A comparison or check failed, or a model does not fit.
    static let comparisonFailed: Int32 = 1
    /// A model file is missing, unreadable or bad.
    static let modelFile: Int32 = 3
    /// No usable device, or the device failed.
    static let device: Int32 = 4
    /// Reading a text or an opened file or writing failed, or the system has too few threads or files to give.
    static let io: Int32 = 5
    /// Wrong arguments (`EX_USAGE`, which ArgumentParser uses too).
    static let usage: Int32 = 64
}

extension ExitStatus {
    /// The status and the line for stderr (nil: say nothing) of an error, or nil for an error that isn't ours.
    static func of(_ error: any Error) -> (status: Int32, line: String?)? {
        switch error {
        case let error as CheckpointError: (error.code == .io ? io : modelFile, error.commandLine)
        case let error as StandardOutput.Failure: (io, error.line)
        case let error as TextFile.Failure: (io, error.description)
        case let error as SystemLimitError: (io, error.commandLine)
        case let error as DeviceError: (device, error.commandLine)
        case let error as ProfileError: (comparisonFailed, error.commandLine)
        case let error as GenerationError: (usage, error.commandLine)
        case let error as GrammarError: (usage, error.commandLine)
        case let error as ChatError: (error.code == .invalidFile ? io : usage, error.commandLine)
        case let error as TemplateError: (error.code == .raised ? usage : modelFile, error.commandLine)
        case let error as UsageError: (usage, error.line)
        case let error as Interruption.Signalled: (128 + error.number, nil)
        case let error as ExitCode: (error.rawValue, nil)
        default: nil
        }
    }
}
