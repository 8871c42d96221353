public import LlamaradaErrors

/// What can go wrong between Llamarada and a Vulkan device.
public struct DeviceError: LlamaradaError, Equatable {
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
    /// What failed, in one line without a final stop.
    public var problem: String
    /// What to do about it.
    public var remedy: Remedy

    /// Makes an error of its parts.
    public init(_ code: Code, _ problem: String, remedy: Remedy = .noneKnown) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    /// One line: problem and remedy.
    public var description: String { line(spelling: \.words) }
}
