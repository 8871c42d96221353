/// What a device was given to compute since it was opened, and how long the host waited for it.
package struct DeviceActivity: Sendable, Equatable {
    /// Dispatched kernels.
    package var dispatches = 0
    /// Submissions to the queue, without those that only upload.
    package var submissions = 0
    /// Passes that were recorded as commands; replaying them counts nothing here.
    package var recordings = 0
    /// Time that the host spent waiting for submissions to end.
    package var waited = Duration.zero

    package init() {}

    /// What happened between two moments.
    package static func - (later: DeviceActivity, earlier: DeviceActivity) -> DeviceActivity {
        var difference = DeviceActivity()
        difference.dispatches = later.dispatches - earlier.dispatches
        difference.submissions = later.submissions - earlier.submissions
        difference.recordings = later.recordings - earlier.recordings
        difference.waited = later.waited - earlier.waited
        return difference
    }
}
