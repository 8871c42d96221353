import CVulkan
import LlamaradaDevice
import LlamaradaShaders
import Synchronization
import TestSupport
import Testing

extension VulkanFaultTests {
    /// Devices with and without what kernels can use, played through the function table.
    @Suite struct Features {
        /// A feature, Vulkan's name of it, and the way to give or take it.
        struct Played: Sendable, CustomTestStringConvertible {
            var feature: KernelFeatures
            var vulkanName: String
            var set: @Sendable (UnsafeMutablePointer<VkPhysicalDeviceFeatures2>, VkBool32) -> Void

            var testDescription: String { vulkanName }
        }

        static let played: [Played] = [
            Played(feature: .int16, vulkanName: "shaderInt16") { $0.pointee.features.shaderInt16 = $1 },
            v11(.storage16, "storageBuffer16BitAccess", \.storageBuffer16BitAccess),
            v11(.uniform16, "uniformAndStorageBuffer16BitAccess", \.uniformAndStorageBuffer16BitAccess),
            v12(.float16, "shaderFloat16", \.shaderFloat16),
            v12(.int8, "shaderInt8", \.shaderInt8),
            v12(.storage8, "storageBuffer8BitAccess", \.storageBuffer8BitAccess),
            v12(.uniform8, "uniformAndStorageBuffer8BitAccess", \.uniformAndStorageBuffer8BitAccess),
            v12(.memoryModel, "vulkanMemoryModel", \.vulkanMemoryModel),
            v12(.deviceScope, "vulkanMemoryModelDeviceScope", \.vulkanMemoryModelDeviceScope),
            Played(feature: .integerDotProduct, vulkanName: "shaderIntegerDotProduct") { chain, value in
                TappedVulkan.change(
                    chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
                    as: VkPhysicalDeviceVulkan13Features.self
                ) { $0.shaderIntegerDotProduct = value }
            },
            Played(feature: .cooperativeMatrix, vulkanName: "cooperativeMatrix") { chain, value in
                TappedVulkan.change(
                    chain, VkStructureType(rawValue: 1_000_506_000),
                    as: VkPhysicalDeviceCooperativeMatrixFeaturesKHR.self
                ) { $0.cooperativeMatrix = value }
            },
        ]

        private static func v11(
            _ feature: KernelFeatures, _ name: String,
            _ path: any WritableKeyPath<VkPhysicalDeviceVulkan11Features, VkBool32> & Sendable
        ) -> Played {
            Played(feature: feature, vulkanName: name) { chain, value in
                TappedVulkan.change(
                    chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
                    as: VkPhysicalDeviceVulkan11Features.self
                ) { $0[keyPath: path] = value }
            }
        }

        private static func v12(
            _ feature: KernelFeatures, _ name: String,
            _ path: any WritableKeyPath<VkPhysicalDeviceVulkan12Features, VkBool32> & Sendable
        ) -> Played {
            Played(feature: feature, vulkanName: name) { chain, value in
                TappedVulkan.change(
                    chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
                    as: VkPhysicalDeviceVulkan12Features.self
                ) { $0[keyPath: path] = value }
            }
        }

        private static let matrixExtension = "VK_KHR_cooperative_matrix"

        /// What is asked of a driver that has just `features`. It refuses, since the one beneath has others.
        private func asked(of features: KernelFeatures, extensions: [String] = [matrixExtension]) throws
            -> TappedVulkan.State
        {
            let edits = TappedVulkan.Edits(
                features: { chain in
                    for one in Self.played { one.set(chain, features.contains(one.feature) ? 1 : 0) }
                }, extensions: extensions)
            TappedVulkan.reset(failing: "vkCreateDevice", with: VK_ERROR_FEATURE_NOT_PRESENT, editing: edits)
            #expect(throws: DeviceError.self) { try Device(.automatic, patch: TappedVulkan.patch) }
            return TappedVulkan.seen
        }

        @Test func whatThereIsIsEnabled() throws {
            let state = try asked(of: .all)
            #expect(state.enabled == Set(Self.played.map(\.vulkanName)))
            #expect(state.extensions.contains(Self.matrixExtension))
        }

        @Test func whatThereIsNotIsNotEnabled() throws {
            let state = try asked(of: [])
            #expect(state.enabled == [])
            #expect(!state.extensions.contains(Self.matrixExtension))
        }

        @Test(arguments: played) func eachByItself(_ one: Played) throws {
            #expect(try asked(of: one.feature).enabled == [one.vulkanName])
            let others = try asked(of: KernelFeatures.all.subtracting(one.feature)).enabled
            #expect(others == Set(Self.played.map(\.vulkanName)).subtracting([one.vulkanName]))
        }

        /// A structure that the driver does not know must not be in the chain.
        @Test func noMatricesWithoutTheExtension() throws {
            let state = try asked(of: .all, extensions: [])
            #expect(!state.enabled.contains("cooperativeMatrix") && state.enabled.contains("shaderFloat16"))
            #expect(!state.extensions.contains(Self.matrixExtension))
        }

        // MARK: Kernels that need them

        /// `Add`, said to need something.
        private struct Needy: Kernel {
            static let needs = Mutex(KernelRequirements())

            static let stem = "Needy"
            static let bindings = Add.bindings
            static let usesSubgroups = false
            let variant: Add.Variant
            let buffers: [BufferView]

            static func code(_ variant: Add.Variant) -> ShaderCode { Add.code(variant) }
            static func requirements(_ variant: Add.Variant) -> KernelRequirements { needs.withLock { $0 } }
            typealias Push = Add.Push
            typealias Specialization = Add.Specialization
        }

        /// Runs `Needy` on a device.
        private func run(_ requirements: KernelRequirements, on device: Device, subgroupSize: Int? = nil) throws {
            Needy.needs.withLock { $0 = requirements }
            let values = try device.allocate(Float.self, count: 64 * Needy.bindings.count, name: "values")
            var pass = Pass(device)
            let views = Needy.bindings.indices.map { values[64 * $0..<64 * $0 + 64].view }
            pass.dispatch(
                Needy(variant: Add.Variant(), buffers: views), push: Add.Push(count: 64), specialize: .init(),
                over: .workgroups(1), cost: Cost(), shape: "(64)", subgroupSize: subgroupSize)
            try device.run(pass)
        }

        /// A device that lacks one feature, and a kernel that needs it: an error that names both, and nothing asked of
        /// the driver.
        @Test(arguments: played) func aKernelThatCannotRun(_ one: Played) throws {
            TappedVulkan.reset(editing: .init(features: { one.set($0, 0) }))
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            #expect(!device.features.contains(one.feature))
            let error = try #require(throws: DeviceError.self) {
                try run(.init(features: one.feature), on: device)
            }
            #expect(error.code == .unsupported)
            #expect(error.problem.hasPrefix("Needy needs what \(device.description.name) lacks: "), "\(error)")
            #expect(error.problem.hasSuffix("lacks: \(one.feature.names[0])"), "\(error)")
            #expect(TappedVulkan.seen.calls["vkCreateShaderModule"] == nil)
            try run(.init(), on: device)
        }

        @Test func aKernelThatCanRun() throws {
            TappedVulkan.reset()
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            try run(.init(features: device.features, subgroupOperations: [.basic, .arithmetic]), on: device)
        }

        @Test func subgroupOperationsCount() throws {
            TappedVulkan.reset(
                editing: .init(properties: {
                    TappedVulkan.change(
                        $0, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES,
                        as: VkPhysicalDeviceVulkan11Properties.self
                    ) { $0.subgroupSupportedOperations &= ~VK_SUBGROUP_FEATURE_CLUSTERED_BIT.rawValue }
                }))
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            let error = try #require(throws: DeviceError.self) {
                try run(.init(subgroupOperations: [.basic, .clustered]), on: device)
            }
            #expect(error.problem.hasSuffix("lacks: subgroup clustered"), "\(error)")
        }

        // MARK: Subgroup sizes

        /// A driver that says it has subgroups from 4 to 64, by a vendor.
        private func open(vendor: UInt32) throws -> Device {
            TappedVulkan.reset(
                editing: .init(
                    properties: { chain in
                        chain.pointee.properties.vendorID = vendor
                        TappedVulkan.change(
                            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES,
                            as: VkPhysicalDeviceVulkan13Properties.self
                        ) {
                            ($0.minSubgroupSize, $0.maxSubgroupSize) = (4, 64)
                            $0.requiredSubgroupSizeStages = VK_SHADER_STAGE_COMPUTE_BIT.rawValue
                        }
                    }, hidesSubgroupSizes: true))
            return try Device(.automatic, patch: TappedVulkan.patch)
        }

        @Test(arguments: [(0x8086, 16), (0x1002, 32), (0x10DE, 32)] as [(UInt32, Int)])
        func pipelinesDemandTheVendorsSize(vendor: UInt32, expected: Int) throws {
            let device = try open(vendor: vendor)
            #expect(device.subgroupSize == expected)
            try run(.init(subgroupOperations: .basic), on: device)
            #expect(TappedVulkan.seen.subgroupSizes == [UInt32(expected)])
        }

        @Test func aPipelineMayAskForAnother() throws {
            let device = try open(vendor: 0x1002)
            try run(.init(), on: device)
            for size in [64, 4, 64] { try run(.init(subgroupOperations: .basic), on: device, subgroupSize: size) }
            try run(.init(subgroupOperations: .basic), on: device, subgroupSize: 8)
            // Each size is a pipeline of its own, made once.
            #expect(TappedVulkan.seen.subgroupSizes == [0, 64, 4, 8])
            for size in [2, 24, 128] {
                let error = try #require(throws: DeviceError.self) { try run(.init(), on: device, subgroupSize: size) }
                #expect(error.code == .unsupported)
                #expect(error.problem == "Needy needs subgroups of \(size), the device has 4 to 64")
            }
        }

        @Test func workgroupsOfTooManySubgroups() throws {
            TappedVulkan.reset(
                editing: .init(
                    properties: {
                        TappedVulkan.change(
                            $0, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES,
                            as: VkPhysicalDeviceVulkan13Properties.self
                        ) {
                            ($0.minSubgroupSize, $0.maxSubgroupSize, $0.maxComputeWorkgroupSubgroups) = (4, 64, 8)
                            $0.requiredSubgroupSizeStages = VK_SHADER_STAGE_COMPUTE_BIT.rawValue
                        }
                    }, hidesSubgroupSizes: true))
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            try run(.init(), on: device, subgroupSize: 8)
            let error = try #require(throws: DeviceError.self) { try run(.init(), on: device, subgroupSize: 4) }
            #expect(error.code == .unsupported)
            #expect(error.problem == "Needy needs workgroups of 64, the device allows 8 subgroups of 4")
        }

        // MARK: Queues

        private static func family(_ flags: VkQueueFlagBits..., bits: UInt32, count: UInt32 = 1)
            -> VkQueueFamilyProperties
        {
            var family = VkQueueFamilyProperties()
            family.queueFlags = flags.reduce(0) { $0 | $1.rawValue }
            family.queueCount = count
            family.timestampValidBits = bits
            return family
        }

        /// Opens a device of these families, and says which was taken and whether it has timestamps.
        private func taken(_ families: [VkQueueFamilyProperties]) throws -> (family: UInt32?, hasTimestamps: Bool) {
            TappedVulkan.reset(editing: .init(families: families))
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            return (TappedVulkan.seen.queueFamily, device.hasTimestamps)
        }

        @Test func aQueueForComputingAloneIsPreferred() throws {
            let both = Self.family(VK_QUEUE_GRAPHICS_BIT, VK_QUEUE_COMPUTE_BIT, bits: 64)
            let alone = Self.family(VK_QUEUE_COMPUTE_BIT, VK_QUEUE_TRANSFER_BIT, bits: 36)
            let copies = Self.family(VK_QUEUE_TRANSFER_BIT, bits: 64)
            #expect(try taken([both, alone]) == (1, true))
            #expect(try taken([copies, both, alone]) == (2, true))
            #expect(try taken([copies, both]) == (1, true))
            #expect(try taken([alone, both]) == (0, true))
            // None of its queues can be had.
            #expect(try taken([both, Self.family(VK_QUEUE_COMPUTE_BIT, bits: 64, count: 0)]) == (0, true))
        }

        @Test func timestampsAreThoseOfTheFamilyTaken() throws {
            let both = Self.family(VK_QUEUE_GRAPHICS_BIT, VK_QUEUE_COMPUTE_BIT, bits: 64)
            #expect(try taken([both, Self.family(VK_QUEUE_COMPUTE_BIT, bits: 0)]) == (1, false))
        }
    }
}
