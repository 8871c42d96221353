import ArgumentParser
import LlamaradaDevice
import LlamaradaLab

/// `llamarada devices`: every Vulkan device and what it can do.
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List every Vulkan device, what it can do, and why one can't be used.")

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        let devices = try Device.list()
        if json { try StandardOutput.write(JSON.array(devices.map(\.json)).text + "\n") }
        if devices.isEmpty {
            throw DeviceError(.noDevice, "The Vulkan loader found no device. Install a driver (mesa-vulkan-drivers).")
        }
        if !json { try StandardOutput.write(devices.map(\.text).joined(separator: "\n")) }
    }
}

extension DeviceDescription {
    /// A paragraph: a headline, then a line a fact.
    var text: String {
        var table = TextTable([.left, .left])
        table.add("  driver", "\(driver), \(driverInfo), Vulkan \(apiVersion)")
        for heap in heaps {
            let available = heap.availableByteCount.map { ", \(HumanUnits.bytes(Int(clamping: $0))) free" } ?? ""
            let kind = [heap.isDeviceLocal ? "device-local" : nil, heap.isHostVisible ? "host-visible" : nil]
            table.add(
                "  memory",
                "\(HumanUnits.bytes(Int(clamping: heap.byteCount)))\(available) (\(kind.compactMap { $0 }.joined(separator: ", ")))"
            )
        }
        let sizes = minSubgroupSize == maxSubgroupSize ? "" : " (from \(minSubgroupSize) to \(maxSubgroupSize))"
        table.add("  subgroup size", "\(subgroupSize)\(sizes)")
        table.add("  fp16", float16 ? "yes" : "no")
        table.add("  int8", int8 ? "yes" : "no")
        table.add("  int8 dot product", int8DotProduct ? "yes" : "no")
        table.add("  cooperative matrix", shapesText)
        table.add("  features", features.isEmpty ? "none" : features.names.joined(separator: ", "))
        for line in MissingVariant.lines(missingVariants) { table.add("  does without", line) }
        table.add("  shared memory", HumanUnits.bytes(sharedMemoryByteCount))
        table.add("  largest binding", HumanUnits.bytes(maxStorageBufferRange))
        table.add("  largest allocation", HumanUnits.bytes(Int(clamping: maxAllocationByteCount)))
        table.add("  usable", unusableReason.map { "no: \($0)" } ?? "yes")
        return "\(index): \(name) (\(kind))\n\(table.text)"
    }

    /// The kernels' variants that the device cannot run.
    var missingVariants: [MissingVariant] { unusableReason == nil ? MissingVariant.all(on: kernelSupport) : [] }

    private var shapesText: String {
        if cooperativeMatrixShapes.isEmpty { return "no" }
        return cooperativeMatrixShapes.map { "\($0.m)×\($0.n)×\($0.k) \($0.types.joined(separator: "/"))" }
            .joined(separator: ", ")
    }

    var json: JSON {
        .object([
            ("index", .integer(index)), ("name", .string(name)), ("kind", .string(kind)),
            ("driver", .string(driver)), ("driver_info", .string(driverInfo)), ("api_version", .string(apiVersion)),
            ("vendor_id", .integer(Int(vendorID))), ("device_id", .integer(Int(deviceID))),
            (
                "heaps",
                .array(
                    heaps.map { heap in
                        .object([
                            ("bytes", .integer(Int(clamping: heap.byteCount))),
                            ("available_bytes", heap.availableByteCount.map { .integer(Int(clamping: $0)) } ?? .null),
                            ("device_local", .bool(heap.isDeviceLocal)), ("host_visible", .bool(heap.isHostVisible)),
                        ])
                    })
            ),
            ("subgroup_size", .integer(subgroupSize)), ("min_subgroup_size", .integer(minSubgroupSize)),
            ("max_subgroup_size", .integer(maxSubgroupSize)), ("fp16", .bool(float16)), ("int8", .bool(int8)),
            ("int8_dot_product", .bool(int8DotProduct)),
            ("features", .array(features.names.map { .string($0) })),
            ("missing_variants", .array(missingVariants.map(\.json))),
            (
                "cooperative_matrix",
                .array(
                    cooperativeMatrixShapes.map { shape in
                        .object([
                            ("m", .integer(shape.m)), ("n", .integer(shape.n)), ("k", .integer(shape.k)),
                            ("types", .array(shape.types.map { .string($0) })), ("scope", .string(shape.scope)),
                        ])
                    })
            ),
            ("shared_memory_bytes", .integer(sharedMemoryByteCount)),
            ("max_storage_buffer_range", .integer(maxStorageBufferRange)),
            ("max_allocation_bytes", .integer(Int(clamping: maxAllocationByteCount))),
            ("timestamps", .bool(timestamps)), ("usable", .bool(unusableReason == nil)),
            ("unusable_reason", unusableReason.map { .string($0) } ?? .null),
        ])
    }
}

extension MissingVariant {
    var json: JSON {
        .object([
            ("kernel", .string(kernel)), ("variant", .string(variant)),
            ("missing", .array(missing.map { .string($0) })),
        ])
    }
}
