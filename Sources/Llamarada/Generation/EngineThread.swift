import Dispatch

/// A thread for an engine to run on: its waits for the device block a queue of its own, never the cooperative pool.
package final class EngineThread: SerialExecutor {
    private let queue = DispatchQueue(label: "llamarada.engine")

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
