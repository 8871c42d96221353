import CVulkan
import LlamaradaDevice
import TestSupport
import Testing

private let discrete = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
private let integrated = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
private let virtual = VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU
private let cpu = VK_PHYSICAL_DEVICE_TYPE_CPU
private let vulkan12: UInt32 = 1 << 22 | 2 << 12 | 131

extension PlayedDevicesTests {
    /// Which of several devices is taken, and what is said of each.
    @Suite struct Choice {
        /// The one that is chosen, by its place, and what is said of all.
        private func choice(_ played: PlayedDevice...) throws -> (chosen: [Int], reasons: [String]) {
            let list = try PlayedDevices.list(played)
            #expect(list.map(\.name) == played.map(\.name))
            let chosen = list.filter(\.isChosen).map(\.index)
            if let first = chosen.first { #expect(try PlayedDevices.open(.automatic, of: played).index == first) }
            return (chosen, list.map(\.choiceReason))
        }

        /// The processor's own GPU is listed first, as laptops do.
        @Test func anIntegratedGPUBeforeTheDiscreteOne() throws {
            let found = try choice(.init("Iris", integrated), .init("llvmpipe", cpu), .init("GeForce", discrete))
            #expect(found.chosen == [2])
            #expect(
                found.reasons == [
                    "an integrated GPU, and device 2 is a discrete GPU", "a CPU driver, and device 2 is a discrete GPU",
                    "the only discrete GPU",
                ])
        }

        /// However much memory the other ones say that they have.
        @Test func memoryComesAfterTheKind() throws {
            let found = try choice(
                .init("llvmpipe", cpu, .card(512 << 30)), .init("virtio", virtual, .card(64 << 30)),
                .init("Radeon 780M", integrated, .card(48 << 30)), .init("RX 580", discrete, .card(4 << 30)))
            #expect(found.chosen == [3])
            #expect(
                try choice(.init("llvmpipe", cpu), .init("virtio", virtual), .init("Iris", integrated)).chosen == [2])
            #expect(try choice(.init("llvmpipe", cpu), .init("virtio", virtual)).chosen == [1])
        }

        @Test func aDiscreteGPUThatCannotBeUsed() throws {
            let found = try choice(.init("GeForce", discrete, apiVersion: vulkan12), .init("Iris", integrated))
            #expect(found.chosen == [1])
            #expect(found.reasons == ["it cannot be used", "the only usable device"])
            let list = try PlayedDevices.list([.init("GeForce", discrete, uuid: 7, apiVersion: vulkan12)])
            #expect(list[0].unusableReason == "its driver has Vulkan 1.2.131, 1.3 is needed" && !list[0].isChosen)
            #expect(list[0].uuid == "07070707-0707-0707-0707-070707070707")
        }

        @Test func ofTwoCardsTheOneWithMoreMemory() throws {
            let found = try choice(
                .init("GT 710", discrete, .card(2 << 30)), .init("RTX 3090", discrete, .card(24 << 30)))
            #expect(found.chosen == [1])
            #expect(
                found.reasons == [
                    "device 1 is a discrete GPU, too, and has more memory", "the discrete GPU with the most memory",
                ])
        }

        @Test func ofTwoEqualCardsTheFirst() throws {
            let found = try choice(.init("RTX 3090", discrete, uuid: 1), .init("RTX 3090", discrete, uuid: 2))
            #expect(found.chosen == [0])
            #expect(
                found.reasons == ["the first discrete GPU", "device 0 is a discrete GPU, too, and comes first"])
        }

        /// Two drivers for one card: the second is no second card.
        @Test func oneGPUByTwoDrivers() throws {
            let found = try choice(
                .init("Iris", integrated, uuid: 1), .init("RX 7900 (RADV)", discrete, uuid: 2),
                .init("RX 7900", discrete, .card(24 << 30), uuid: 2))
            #expect(found.chosen == [1])
            #expect(found.reasons[1] == "the only discrete GPU")
            #expect(found.reasons[2] == "another driver's view of device 1, by its UUID")
        }

        /// The driver that can be used stands for the card.
        @Test func oneGPUByTwoDriversOfWhichOneIsTooOld() throws {
            let found = try choice(
                .init("RX 7900", discrete, uuid: 2, apiVersion: vulkan12), .init("RX 7900", discrete, uuid: 2))
            #expect(found.chosen == [1])
            #expect(found.reasons == ["it cannot be used", "the only usable device"])
        }

        /// Drivers that give no UUID are not taken for one.
        @Test func withoutUUIDs() throws {
            let list = try PlayedDevices.list([.init("llvmpipe", cpu), .init("llvmpipe", cpu)])
            #expect(list.map(\.uuid) == [nil, nil])
            #expect(list[1].choiceReason == "device 0 is a CPU driver, too, and comes first")
        }

        // MARK: By name, number and UUID

        private static let machine: [PlayedDevice] = [
            .init("AMD Radeon RX 7900 XT", discrete, uuid: 0xa1), .init("AMD Radeon RX 7900 XTX", discrete, uuid: 0xa2),
            .init("Intel Arc A770", discrete, uuid: 0xa3),
            .init("Intel open-source Arc A770", discrete, uuid: 0xa3),
            .init("NVIDIA GeForce GTX 680", discrete, uuid: 0xa4, apiVersion: vulkan12),
        ]

        @Test(arguments: [
            ("radeon rx 7900 xtx", 1), ("AMD Radeon RX 7900 XT", 0), ("XTX", 1), ("arc", 2), ("open-source", 3),
            ("3", 3),
            ("a2a2a2a2-a2a2-a2a2-a2a2-a2a2a2a2a2a2", 1), ("GPU-A3A3A3A3-A3A3-A3A3-A3A3-A3A3A3A3A3A3", 2),
        ]) func theOneThatIsMeant(argument: String, index: Int) throws {
            #expect(try PlayedDevices.open(DeviceSelection(argument), of: Self.machine).index == index)
        }

        @Test(arguments: ["radeon", "rx 7900 xt", "a"]) func aNameOfSeveral(name: String) throws {
            let error = try #require(throws: DeviceError.self) {
                try PlayedDevices.open(DeviceSelection(name), of: Self.machine)
            }
            #expect(error.code == .noDevice && !error.problem.contains("\n"))
            #expect(
                error.problem.contains("0: AMD Radeon RX 7900 XT [a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1]; 1: "),
                "\(error)")
            #expect(error.description.contains("by its number, its UUID or more of its name"), "\(error)")
        }

        /// Whoever names a device means it, not the next best.
        @Test(arguments: ["4", "GTX 680", "a4a4a4a4-a4a4-a4a4-a4a4-a4a4a4a4a4a4"])
        func oneThatCannotBeUsed(argument: String) throws {
            let error = try #require(throws: DeviceError.self) {
                try PlayedDevices.open(DeviceSelection(argument), of: Self.machine)
            }
            #expect(error.code == .noDevice)
            #expect(
                error.problem
                    == "Device 4 (NVIDIA GeForce GTX 680) cannot be used: its driver has Vulkan 1.2.131, 1.3 is needed")
        }

        @Test func aUUIDThatNoneHas() throws {
            let error = try #require(throws: DeviceError.self) {
                try PlayedDevices.open(DeviceSelection("00000000-0000-0000-0000-000000000001"), of: Self.machine)
            }
            #expect(
                error.problem.hasPrefix("No Vulkan device has the UUID 00000000-0000-0000-0000-000000000001. Found 0: ")
            )
        }
    }
}
