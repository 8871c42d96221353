import CVulkan
import LlamaradaErrors

/// Throws unless `result` is success; every Vulkan call that can fail goes through here.
///
/// - Parameters:
///   - call: the function's name, for the message.
///   - subject: what it was done for, such as "a buffer of 12 MiB".
func check(_ result: VkResult, _ call: String, for subject: @autoclosure () -> String = "") throws(DeviceError) {
    guard result != VK_SUCCESS else { return }
    let what = subject().isEmpty ? call : "\(call) for \(subject())"
    switch result {
    case VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY, VK_ERROR_OUT_OF_POOL_MEMORY,
        VK_ERROR_TOO_MANY_OBJECTS:
        throw DeviceError(
            .outOfMemory,
            "\(what): out of memory (\(name(of: result)))",
            remedy: .either(.freeDeviceMemory, .either(.smallerModel, .shorterContext)))
    case VK_ERROR_DEVICE_LOST:
        throw DeviceError(
            .lost,
            "\(what): the device was lost. The driver reset it, often because work ran too long",
            remedy: .tryAgain)
    default:
        throw DeviceError(.failed, "\(what) failed with \(name(of: result))")
    }
}

/// The specification's name of a result.
func name(of result: VkResult) -> String {
    switch result {
    case VK_TIMEOUT: "VK_TIMEOUT"
    case VK_NOT_READY: "VK_NOT_READY"
    case VK_INCOMPLETE: "VK_INCOMPLETE"
    case VK_ERROR_OUT_OF_HOST_MEMORY: "VK_ERROR_OUT_OF_HOST_MEMORY"
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: "VK_ERROR_OUT_OF_DEVICE_MEMORY"
    case VK_ERROR_OUT_OF_POOL_MEMORY: "VK_ERROR_OUT_OF_POOL_MEMORY"
    case VK_ERROR_INITIALIZATION_FAILED: "VK_ERROR_INITIALIZATION_FAILED"
    case VK_ERROR_DEVICE_LOST: "VK_ERROR_DEVICE_LOST"
    case VK_ERROR_MEMORY_MAP_FAILED: "VK_ERROR_MEMORY_MAP_FAILED"
    case VK_ERROR_LAYER_NOT_PRESENT: "VK_ERROR_LAYER_NOT_PRESENT"
    case VK_ERROR_EXTENSION_NOT_PRESENT: "VK_ERROR_EXTENSION_NOT_PRESENT"
    case VK_ERROR_FEATURE_NOT_PRESENT: "VK_ERROR_FEATURE_NOT_PRESENT"
    case VK_ERROR_INCOMPATIBLE_DRIVER: "VK_ERROR_INCOMPATIBLE_DRIVER"
    case VK_ERROR_TOO_MANY_OBJECTS: "VK_ERROR_TOO_MANY_OBJECTS"
    default: "VkResult \(result.rawValue)"
    }
}

/// The text in a fixed-size C array, such as `deviceName`, up to its zero byte.
func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
