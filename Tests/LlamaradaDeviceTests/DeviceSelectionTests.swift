import CVulkan
import LlamaradaDevice
import Testing

/// Choosing a device, and what is said where that fails.
@Suite struct DeviceSelectionTests {
    @Test func opensByIndexAndByPartOfTheName() throws {
        let list = try Device.list()
        let usable = try #require(list.first { $0.unusableReason == nil }, "a usable device is needed")
        #expect(try Device(.index(usable.index)).description.name == usable.name)
        let part = String(usable.name.prefix(5)).uppercased()
        #expect(try Device(.name(part)).description.name.uppercased().contains(part))
        #expect(usable.subgroupSize > 0 && usable.maxStorageBufferRange >= 1 << 27 && !usable.heaps.isEmpty)
    }

    @Test func anArgumentIsAnIndexAUUIDOrAName() {
        #expect(DeviceSelection(nil) == .automatic)
        #expect(DeviceSelection("1") == .index(1))
        #expect(DeviceSelection("Radeon") == .name("Radeon"))
        let uuid = "0123abcd-4567-89ab-cdef-0123456789ab"
        for text in [uuid, uuid.uppercased(), "GPU-" + uuid] { #expect(DeviceSelection(text) == .uuid(uuid)) }
        for text in ["0123abcd", uuid + "0", "GPU-", "g" + uuid.dropFirst()] {
            #expect(DeviceSelection(text) == .name(text))
        }
    }

    @Test(arguments: [DeviceSelection.index(99), .index(-1), .name("no such device")])
    func aDeviceThatIsNotThere(selection: DeviceSelection) throws {
        let error = try #require(throws: DeviceError.self) { _ = try Device(selection) }
        #expect(error.code == .noDevice)
        #expect(error.problem.contains("99") || error.problem.contains("-1") || error.problem.contains("no such"))
        for device in try Device.list() {
            #expect(error.problem.contains("\(device.index): \(device.name)"), "\(error)")
        }
        #expect(!error.problem.contains("\n"))
    }

    @Test(arguments: [DeviceSelection.automatic, .index(0), .name("llvmpipe")])
    func noDevicesAtAll(selection: DeviceSelection) throws {
        let error = try #require(throws: DeviceError.self) {
            _ = try Device(selection) { table in
                table.vkEnumeratePhysicalDevices = { _, count, _ in
                    count?.pointee = 0
                    return VK_SUCCESS
                }
            }
        }
        #expect(error.code == .noDevice)
        #expect(error.problem.contains("Found none") && error.description.contains("CPU backend"), "\(error)")
    }

    @Test func noDriver() throws {
        let error = try #require(throws: DeviceError.self) {
            _ = try Device(.automatic) { table in
                table.vkCreateInstance = { _, _, _ in VK_ERROR_INCOMPATIBLE_DRIVER }
            }
        }
        #expect(error.code == .noDriver)
        #expect(error.problem.contains("VK_ERROR_INCOMPATIBLE_DRIVER"))
    }
}
