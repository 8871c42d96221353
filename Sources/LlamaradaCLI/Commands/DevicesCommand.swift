import ArgumentParser
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaReports

/// `llamarada devices`: every Vulkan device and what it can do.
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List every Vulkan device, what it can do, and why it is or is not the one that is used.")

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        let devices = try Device.list()
        let reports = devices.map { DeviceReport($0) }
        if json { try StandardOutput.write(JSON.array(reports.map(\.json)).text + "\n") }
        if devices.isEmpty {
            throw DeviceError(.noDevice, "The Vulkan loader found no device", remedy: .installDriver)
        }
        if !json { try StandardOutput.write(reports.map(\.text).joined(separator: "\n")) }
    }
}
