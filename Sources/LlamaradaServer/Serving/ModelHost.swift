import Llamarada
import LlamaradaDevice
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

    /// Notes that it is loaded.
    func become(_ model: LanguageModel) {
        content.withLock { if case .loading = $0.state { $0.state = .ready(model) } }
    }

    /// Takes no more requests.
    func end() {
        content.withLock { if $0.loss == nil { $0.state = .ending } }
    }

    /// Notes an error of a request: after one of the device nothing that it computes can be trusted.
    func note(_ error: any Error) {
        guard let error = error as? DeviceError else { return }
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
