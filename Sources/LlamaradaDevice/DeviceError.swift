/// What can go wrong between Llamarada and a Vulkan device: one line that says what failed, where, and what to do.
public struct DeviceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, for code that reacts to it.
    public enum Code: Sendable {
        /// No Vulkan loader or no driver.
        case noDriver
        /// Drivers, but no usable device, or not the one asked for.
        case noDevice
        /// The device lacks something that was asked of it.
        case unsupported
        /// An allocation failed or would not fit.
        case outOfMemory
        /// The driver gave up on the device.
        case lost
        /// A submission did not finish in time.
        case timeout
        /// A submission "finished" without its work done.
        case dropped
        /// Any other failed Vulkan call.
        case failed
    }

    /// The kind of failure.
    public var code: Code
    /// One line for a person.
    public var message: String

    /// Makes an error of one line.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
