import LlamaradaErrors

/// Which device to open.
public enum DeviceSelection: Sendable, Equatable {
    /// The best usable device: discrete before integrated before virtual before cpu, of two alike the one with more
    /// memory, else the first. A GPU that two drivers show counts once.
    case automatic
    /// By its place in the list.
    case index(Int)
    /// By a part of its name, upper and lower case alike, that no other device's name has; a whole name comes first.
    case name(String)
    /// By its UUID, as `DeviceDescription.uuid` has it.
    case uuid(String)

    /// A number is an index, a UUID one, anything else a name; nil is automatic.
    ///
    /// UUIDs may be written as nvidia-smi does, with "GPU-" before them.
    public init(_ argument: String?) {
        guard let argument else { self = .automatic; return }
        let digits = argument.lowercased().trimmingPrefix("gpu-")
        if digits.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil {
            self = .uuid(String(digits))
        } else {
            self = Int(argument).map { .index($0) } ?? .name(argument)
        }
    }
}

/// Which of the devices of a list is taken, and why.
enum DeviceChoice {
    /// The device that `selection` means, usable or not; nil where there is none.
    ///
    /// - Throws: `DeviceError` with code `.noDevice` where a name means several.
    static func find(
        _ selection: DeviceSelection, in list: [DeviceDescription]
    ) throws(DeviceError) -> DeviceDescription? {
        switch selection {
        case .automatic: best(of: list)
        case .index(let index): list.first { $0.index == index }
        case .uuid(let uuid): first(of: list.filter { $0.uuid == uuid })
        case .name(let name): try find(named: name, in: list)
        }
    }

    private static func find(
        named name: String, in list: [DeviceDescription]
    ) throws(DeviceError) -> DeviceDescription? {
        let wanted = name.lowercased()
        let similar = list.filter { $0.name.lowercased().contains(wanted) }
        let same = similar.filter { $0.name.lowercased() == wanted }
        let alike = same.isEmpty ? similar : same
        let found = alike.filter { twin(of: $0, in: alike) == nil }
        guard found.count > 1 else { return found.first }
        throw DeviceError(
            .noDevice, "\(found.count) Vulkan devices are named '\(name)': \(found.map(line).joined(separator: "; "))",
            remedy: .other("Name one by its number, its UUID or more of its name"))
    }

    /// A device as errors list it.
    static func line(_ device: DeviceDescription) -> String {
        "\(device.index): \(device.name)" + (device.uuid.map { " [\($0)]" } ?? "")
            + (device.unusableReason.map { " (\($0))" } ?? "")
    }

    /// The first usable device, else the first.
    private static func first(of list: [DeviceDescription]) -> DeviceDescription? {
        list.first(where: \.isUsable) ?? list.first
    }

    /// The device that stands for the same GPU in the place of this one; nil where this one does.
    private static func twin(of device: DeviceDescription, in list: [DeviceDescription]) -> DeviceDescription? {
        guard let uuid = device.uuid else { return nil }
        return first(of: list.filter { $0.uuid == uuid }).flatMap { $0.index == device.index ? nil : $0 }
    }

    private static let order = ["discrete", "integrated", "virtual", "other", "cpu"]

    /// The usable devices, each GPU once.
    private static func candidates(_ list: [DeviceDescription]) -> [DeviceDescription] {
        list.filter { $0.isUsable && twin(of: $0, in: list) == nil }
    }

    private static func best(of list: [DeviceDescription]) -> DeviceDescription? {
        func rank(_ device: DeviceDescription) -> (Int, UInt64, Int) {
            (order.firstIndex(of: device.kind) ?? order.count, UInt64.max - device.memoryByteCount, device.index)
        }
        return candidates(list).min { rank($0) < rank($1) }
    }

    /// Writes into every device whether it is the one that is taken where nobody names one, and why.
    static func explain(_ list: inout [DeviceDescription]) {
        let best = best(of: list)
        let all = list
        for index in list.indices {
            list[index].isChosen = list[index].index == best?.index
            list[index].choiceReason = reason(for: all[index], best, in: all)
        }
    }

    private static func reason(
        for device: DeviceDescription, _ best: DeviceDescription?, in list: [DeviceDescription]
    ) -> String {
        guard device.isUsable, let best else { return "it cannot be used" }
        if device.index == best.index { return merit(of: best, among: candidates(list)) }
        if let twin = twin(of: device, in: list) { return "another driver's view of device \(twin.index), by its UUID" }
        guard device.kind == best.kind else {
            return "\(article(device)), and device \(best.index) is \(article(best))"
        }
        return "device \(best.index) is \(article(best)), too, and "
            + (best.memoryByteCount > device.memoryByteCount ? "has more memory" : "comes first")
    }

    private static func merit(of best: DeviceDescription, among candidates: [DeviceDescription]) -> String {
        if candidates.count == 1 { return "the only usable device" }
        let rivals = candidates.filter { $0.kind == best.kind && $0.index != best.index }
        if rivals.isEmpty { return "the only \(noun(best))" }
        let isLarger = rivals.allSatisfy { $0.memoryByteCount < best.memoryByteCount }
        return isLarger ? "the \(noun(best)) with the most memory" : "the first \(noun(best))"
    }

    private static func noun(_ device: DeviceDescription) -> String {
        switch device.kind {
        case "cpu": "CPU driver"
        case "other": "device of no known kind"
        default: "\(device.kind) GPU"
        }
    }

    private static func article(_ device: DeviceDescription) -> String {
        (device.kind == "integrated" ? "an " : "a ") + noun(device)
    }
}
