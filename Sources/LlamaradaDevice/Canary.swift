import CVulkan
import LlamaradaErrors

/// A number that must come back from every submission of a run: proof that each was executed to its end.
struct Canary {
    /// Word 0: what the host expects; word 1 + i: what submission i copied.
    private let words: HostView<UInt32>

    init(_ device: Device, submissionCount: Int) throws(DeviceError) {
        words = try device.allocateHost(UInt32.self, count: 1 + submissionCount, name: "canary")
        words.elements.initialize(repeating: 0)
    }

    /// What a submission ends in: a copy from the first view to the second.
    func copy(ofSubmission index: Int) -> (source: BufferView, target: BufferView) {
        (words.view[0..<1].view, words.view[1 + index..<2 + index].view)
    }

    /// Chooses a new number and erases the last answers.
    func arm() throws(DeviceError) {
        words.elements[0] &+= 1
        for index in 1..<words.count { words.elements[index] = ~words.elements[0] }
        try words.flush()
    }

    /// Throws `.dropped` unless the device copied the number in every submission.
    func check(_ label: String) throws(DeviceError) {
        try words.invalidate()
        if words.elements[1...].contains(where: { $0 != words.elements[0] }) {
            throw DeviceError(
                .dropped,
                "\(label): the driver reported success but did not do the work (the canary did not come back). Results are discarded",
                remedy: .updateDriver)
        }
    }
}
