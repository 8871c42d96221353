import Glibc
package import LlamaradaDevice
import LlamaradaErrors

/// A GPU that is not in the machine, for which Mesa compiles all the same.
///
/// With RADV_FORCE_FAMILY in the environment AMD's driver, RADV, offers one null device: kernels can be compiled on it,
/// memory cannot be had. https://docs.mesa3d.org/envvars.html#envvar-RADV_FORCE_FAMILY
/// Intel's and NVIDIA's have fake devices instead, which `tools/absent-gpus/run` preloads.
package struct AbsentGPU: Sendable, Equatable {
    /// What a person calls it, in lower case.
    package var name: String
    /// What Mesa may call it, newest name first.
    package var families: [String]

    /// Names that differ between Mesa's versions: 22 knew RDNA 3 by its instruction set.
    private static let aliases: [[String]] = [
        ["navi31", "gfx1100"], ["navi32", "gfx1101"], ["navi33", "gfx1102"],
        ["navi10", "gfx1010"], ["navi12", "gfx1011"], ["navi14", "gfx1012"],
        ["navi21", "gfx1030"], ["navi22", "gfx1031"], ["navi23", "gfx1032"], ["navi24", "gfx1034"],
        ["vega10", "gfx900"], ["vega20", "gfx906"], ["polaris10", "gfx803"],
        ["gfx1200", "navi44"], ["gfx1201", "navi48"],
    ]

    /// What a program must be started with, since nothing can be preloaded any more when it runs.
    private static let preloaded = ["dg2", "bmg", "turing", "ampere", "ada"]

    /// Set to the GPU's name where `tools/absent-gpus/run` has made it the only device.
    private static let variable = "LLAMARADA_ABSENT_GPU"

    /// Names for messages and help.
    package static let examples = ["navi21", "navi31", "vega10"]

    /// Whether the program was started with this GPU, so that nothing is left to be set.
    package var isPreloaded: Bool { Self.paths(in: Self.variable) == [name] }

    package init(named name: String) {
        let name = name.lowercased()
        self.name = name
        families = Self.aliases.first { $0.contains(name) } ?? [name]
    }

    /// The variables to set before the Vulkan loader is opened, for each family that may be the right one.
    ///
    /// - Throws: `DeviceError` with code `.noDriver` where Mesa's driver for AMD GPUs is not installed, or where the GPU is
    ///   a fake device and the program was started without it.
    package func environments() throws(DeviceError) -> [[String: String]] {
        if isPreloaded { return [[:]] }
        guard !Self.preloaded.contains(name) else {
            throw DeviceError(
                .noDriver, "\(name) is a fake device, which must be there before the program starts",
                remedy: .other("Start it by tools/absent-gpus/run \(name)"))
        }
        guard let driver = Self.driverFile() else {
            throw DeviceError(
                .noDriver,
                "\(name) needs Mesa's driver for AMD GPUs: no radeon_icd*.json in VK_DRIVER_FILES or a vulkan/icd.d folder",
                remedy: .install("mesa-vulkan-drivers"))
        }
        return families.map {
            ["RADV_FORCE_FAMILY": $0, "VK_DRIVER_FILES": driver, "VK_ICD_FILENAMES": driver]
        }
    }

    /// What to say where no driver takes any of the families.
    package var unknown: DeviceError {
        DeviceError(
            .noDriver,
            "\(name): the installed Mesa compiles for no such GPU (tried \(families.joined(separator: ", ")))",
            remedy: .other(
                "Newer GPUs need a newer Mesa; known names are such as \(Self.examples.joined(separator: ", "))"))
    }

    /// RADV's file for the loader: one that the user names, else one where the loader looks.
    private static func driverFile() -> String? {
        let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].flatMap { paths(in: $0) }
        if let chosen = named.first(where: { isRadeon($0) && access($0, R_OK) == 0 }) { return chosen }
        return folders.lazy.compactMap { folder in entries(folder).filter(isRadeon).sorted().first }.first
    }

    private static func isRadeon(_ path: String) -> Bool {
        path.split(separator: "/").last?.contains("radeon_icd") == true && path.hasSuffix(".json")
    }

    /// Where the loader looks, in its order.
    private static var folders: [String] {
        let home = paths(in: "HOME").first ?? ""
        let roots =
            paths(in: "XDG_CONFIG_HOME", or: home + "/.config") + paths(in: "XDG_CONFIG_DIRS", or: "/etc/xdg")
            + ["/etc"] + paths(in: "XDG_DATA_HOME", or: home + "/.local/share")
            + paths(in: "XDG_DATA_DIRS", or: "/usr/local/share:/usr/share")
        return roots.map { $0 + "/vulkan/icd.d" }
    }

    /// The paths in an environment variable, or in `fallback` where it is empty.
    private static func paths(in variable: String, or fallback: String = "") -> [String] {
        let value: String = if let set = getenv(variable) { String(cString: set) } else { "" }
        return (value.isEmpty ? fallback : value).split(separator: ":").map { String($0) }
    }

    private static func entries(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(folder + "/" + name)
        }
        return names
    }
}
