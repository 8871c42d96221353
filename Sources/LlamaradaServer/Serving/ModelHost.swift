import Llamarada
import LlamaradaChat
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaText
import Synchronization

/// The model that is served, from before it is loaded to after its device was lost.
final class ModelHost: Sendable {
    /// How it stands.
    enum State: Sendable {
        case loading
        case ready(LanguageModel)
        /// It will never answer again.
        case lost(DeviceError)
        /// The server is about to end.
        case ending
    }

    private struct Content {
        var state = State.loading
        /// How the model wants conversations written, or why it cannot have any.
        var chat: Result<ChatFormat, any Error>?
        var loss: DeviceError?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// What clients call the model.
    let name: String
    private let content = Mutex(Content())

    init(name: String) { self.name = name }

    var state: State { content.withLock { $0.state } }

    /// The model, for a request that begins.
    ///
    /// - Throws: `APIError` while there is none.
    func model() throws(APIError) -> LanguageModel {
        switch state {
        case .ready(let model): return model
        case .loading: throw .unavailable("The model is loading.", code: "loading")
        case .lost(let error): throw .failed(error.description, code: "device_lost")
        case .ending: throw .unavailable("The server is about to end.", code: "ending")
        }
    }

    /// How the model wants conversations written.
    ///
    /// - Throws: `APIError` where it can have none.
    func chatFormat() throws(APIError) -> ChatFormat {
        switch content.withLock({ $0.chat }) {
        case .success(let format): return format
        case .failure(let error as any LlamaradaError):
            throw .invalid(error.problem, code: "no_chat_template")
        default: throw .unavailable("The model is loading.", code: "loading")
        }
    }

    /// Notes that it is loaded.
    ///
    /// - Parameter template: a chat template in the place of the model's own.
    /// - Returns: why it can have no conversations; nil where it can.
    func become(_ model: LanguageModel, template: String? = nil) -> (any Error)? {
        let chat = Result { try ChatFormat(model, template: template) }
        content.withLock { content in
            guard case .loading = content.state else { return }
            content.state = .ready(model)
            content.chat = chat
        }
        if case .failure(let error) = chat { return error }
        return nil
    }

    /// Takes no more requests.
    func end() {
        content.withLock { if $0.loss == nil { $0.state = .ending } }
    }

    /// Notes an error of a request: once the device is gone, or drops work, nothing that it computes can be trusted. Others,
    /// such as logits that are not finite, are that request's alone.
    func note(_ error: any Error) {
        guard let error = error as? DeviceError, [.lost, .timeout, .dropped].contains(error.code) else { return }
        let waiters = content.withLock { content in
            content.state = .lost(error)
            content.loss = content.loss ?? error
            defer { content.waiters = [] }
            return content.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the device is lost, or the task is cancelled.
    func loss() async -> DeviceError? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = content.withLock { content in
                    guard content.loss == nil, !Task.isCancelled else { return true }
                    content.waiters.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiters = content.withLock { content in
                defer { content.waiters = [] }
                return content.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        return content.withLock { $0.loss }
    }
}
