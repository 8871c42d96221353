import Dispatch
import Llamarada
import Synchronization

/// Hands tensors from one engine's thread to another's, a few at a time: two engines walk through a model side by side,
/// and the memory that takes does not grow with the model.
final class TensorChannel: Sendable {
    private struct State {
        var tensors: [TappedTensor] = []
        var isFinished = false
        var isAbandoned = false
    }

    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let free = DispatchSemaphore(value: 0)

    init(capacity: Int = 8) {
        // Not as its first value: a semaphore may not be freed with a lower count than it began with.
        for _ in 0..<capacity { free.signal() }
    }

    /// Waits for room, then adds a tensor; drops it when nobody takes any more.
    func put(_ tensor: TappedTensor) {
        free.wait()
        let isAbandoned = state.withLock { state in
            if !state.isAbandoned { state.tensors.append(tensor) }
            return state.isAbandoned
        }
        if isAbandoned { free.signal() } else { filled.signal() }
    }

    /// No more tensors come.
    func finish() {
        state.withLock { $0.isFinished = true }
        filled.signal()
    }

    /// Waits for the next tensor; nil when no more come.
    func take() -> TappedTensor? {
        filled.wait()
        let next = state.withLock { $0.tensors.isEmpty ? nil : $0.tensors.removeFirst() }
        if next == nil { filled.signal() } else { free.signal() }
        return next
    }

    /// Nobody takes tensors any more: `put` no longer waits.
    func abandon() {
        state.withLock { $0.isAbandoned = true }
        free.signal()
    }
}
