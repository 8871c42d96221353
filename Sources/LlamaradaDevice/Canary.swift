import CVulkan

/// A number that must come back from the device after each run: proof that the submission was executed to its end.
struct Canary {
    /// Word 0: what the host expects; word 1: what the device copied.
    let words: View<UInt32>

    init(_ device: Device) throws(DeviceError) {
        words = try device.allocate(UInt32.self, count: 4, name: "canary", placement: .host)
        words.view.buffer.mapped?.initializeMemory(as: UInt32.self, repeating: 0)
    }

    /// Chooses a new number and erases the last answer.
    func arm() throws(DeviceError) {
        guard let mapped = words.view.buffer.mapped?.assumingMemoryBound(to: UInt32.self) else { return }
        mapped[0] &+= 1
        mapped[1] = ~mapped[0]
        try words.view.buffer.flush()
    }

    /// Throws `.dropped` unless the device copied the number.
    func check(_ label: String) throws(DeviceError) {
        try words.view.buffer.invalidate()
        guard let mapped = words.view.buffer.mapped?.assumingMemoryBound(to: UInt32.self) else { return }
        if mapped[1] != mapped[0] {
            throw DeviceError(
                .dropped,
                "\(label): the driver reported success but did not do the work (the canary did not come back). Results are discarded; update the driver."
            )
        }
    }
}
