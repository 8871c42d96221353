import Llamarada
package import LlamaradaDevice
import LlamaradaLab

/// A device and what it can do, as text or JSON.
package struct DeviceReport {
    let device: DeviceDescription

    package init(_ device: DeviceDescription) { self.device = device }

    /// A headline, then a line a fact.
    package var text: String {
        "\(device.index): \(device.name) (\(device.kind))\n"
            + Self.table(device).lines(device).split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    /// Every fact by its key.
    package var json: JSON { Self.table(device).json(device) }

    private static func table(_ device: DeviceDescription) -> Table<DeviceDescription> {
        Table(identity + memory(device) + abilities + missing(device) + tuning + limits)
    }

    private static let identity: [Column<DeviceDescription>] = [
        Column(key: "index") { .integer($0.index) }, Column(key: "name") { .text($0.name) },
        Column(key: "kind") { .text($0.kind) },
        Column("chosen", .left) { .text(($0.isChosen ? "yes: " : "no: ") + $0.choiceReason) },
        Column(key: "chosen") { .flag($0.isChosen) }, Column(key: "choice_reason") { .text($0.choiceReason) },
        Column("uuid", key: "uuid", .left) { .text(orMissing: $0.uuid) },
        Column("driver", .left) { .text("\($0.driver), \($0.driverInfo), Vulkan \($0.apiVersion)") },
        Column(key: "driver") { .text($0.driver) }, Column(key: "driver_info") { .text($0.driverInfo) },
        Column(key: "api_version") { .text($0.apiVersion) }, Column(key: "vendor_id") { .integer($0.vendorID) },
        Column(key: "device_id") { .integer($0.deviceID) },
    ]

    /// A line a heap for people, one array for programs.
    private static func memory(_ device: DeviceDescription) -> [Column<DeviceDescription>] {
        device.heaps.map { heap in Column("memory", .left) { _ in .text(text(of: heap)) } }
            + [
                Column(key: "heaps") { .nested(.array($0.heaps.map(json(of:)))) },
                Column(key: "memory_bytes") { .integer(Int(clamping: $0.memoryByteCount)) },
                Column("unified memory", key: "unified_memory") { .flag($0.hasUnifiedMemory) },
            ]
    }

    private static let abilities: [Column<DeviceDescription>] = [
        Column("subgroup size") { device in
            let (least, most) = (device.minSubgroupSize, device.maxSubgroupSize)
            return .text("\(device.subgroupSize)" + (least == most ? "" : " (from \(least) to \(most))"))
        },
        Column(key: "subgroup_size") { .integer($0.subgroupSize) },
        Column(key: "min_subgroup_size") { .integer($0.minSubgroupSize) },
        Column(key: "max_subgroup_size") { .integer($0.maxSubgroupSize) },
        Column("fp16", key: "fp16") { .flag($0.float16) }, Column("int8", key: "int8") { .flag($0.int8) },
        Column("int8 dot product", key: "int8_dot_product") { .flag($0.int8DotProduct) },
        Column("features", key: "features") { device in
            let names = device.features.names
            return .nested(
                .array(names.map { .string($0) }), text: names.isEmpty ? "none" : names.joined(separator: ", "))
        },
        Column("cooperative matrix", key: "cooperative_matrix") {
            .nested(.array($0.cooperativeMatrixShapes.map(json(of:))), text: text(of: $0.cooperativeMatrixShapes))
        },
    ]

    /// A line for people for each thing that is missing, one array for programs.
    private static func missing(_ device: DeviceDescription) -> [Column<DeviceDescription>] {
        MissingVariant.lines(device.missingVariants).map { line in Column("does without", .left) { _ in .text(line) } }
            + [
                Column(key: "missing_variants") { .nested(.array($0.missingVariants.map(json(of:)))) }
            ]
    }

    /// Which of the kernels that give the same bits run there, where that was measured.
    private static let tuning: [Column<DeviceDescription>] = [
        Column("kernels", .left) { device in
            guard let tuning = MeasuredTuning.known(device) else { return .text("not measured yet") }
            let (short, long) = (tuning.vectorRowsPerLane, tuning.longStepRowsPerLane)
            return .text(
                "weights as \(tuning.fetchesTexels ? "texels" : "storage buffers"), \(short) rows a lane, "
                    + "\(long) in types of longer steps, as measured")
        },
        Column(key: "tuning") { device in
            guard let tuning = MeasuredTuning.known(device) else { return .nested(.null) }
            return .nested(
                .object([
                    ("fetches_texels", .bool(tuning.fetchesTexels)),
                    ("vector_rows_per_lane", .integer(tuning.vectorRowsPerLane)),
                    ("long_step_rows_per_lane", .integer(tuning.longStepRowsPerLane)),
                ]))
        },
    ]

    private static let limits: [Column<DeviceDescription>] = [
        Column("shared memory", key: "shared_memory_bytes") { .integer($0.sharedMemoryByteCount, .bytes) },
        Column("largest binding", key: "max_storage_buffer_range") { .integer($0.maxStorageBufferRange, .bytes) },
        Column("largest allocation", key: "max_allocation_bytes") {
            .integer(Int(clamping: $0.maxAllocationByteCount), .bytes)
        },
        Column(key: "timestamps") { .flag($0.timestamps) },
        Column("usable") { .text($0.unusableReason.map { "no: \($0)" } ?? "yes") },
        Column(key: "usable") { .flag($0.unusableReason == nil) },
        Column(key: "unusable_reason") { .text(orMissing: $0.unusableReason) },
    ]

    private static func text(of heap: DeviceDescription.Heap) -> String {
        let free = heap.availableByteCount.map { ", \(HumanUnits.bytes(Int(clamping: $0))) free" } ?? ""
        let use: String? =
            switch heap.use {
            case .device: nil
            case .host: "read across the bus"
            case .none: "not used"
            }
        let kinds = [heap.isDeviceLocal ? "device-local" : nil, heap.isHostVisible ? "host-visible" : nil, use]
        let kind = kinds.compactMap { $0 }.joined(separator: ", ")
        return "\(HumanUnits.bytes(Int(clamping: heap.byteCount)))\(free) (\(kind))"
    }

    private static func json(of heap: DeviceDescription.Heap) -> JSON {
        .object([
            ("bytes", .integer(Int(clamping: heap.byteCount))),
            ("available_bytes", heap.availableByteCount.map { .integer(Int(clamping: $0)) } ?? .null),
            ("device_local", .bool(heap.isDeviceLocal)), ("host_visible", .bool(heap.isHostVisible)),
            ("use", .string(heap.use.rawValue)),
        ])
    }

    private static func json(of variant: MissingVariant) -> JSON {
        .object([
            ("kernel", .string(variant.kernel)), ("variant", .string(variant.variant)),
            ("missing", .array(variant.missing.map { .string($0) })),
        ])
    }

    private static func text(of shapes: [DeviceDescription.CooperativeMatrixShape]) -> String {
        if shapes.isEmpty { return "no" }
        return shapes.map { "\($0.m)×\($0.n)×\($0.k) \($0.types.joined(separator: "/"))" }.joined(separator: ", ")
    }

    private static func json(of shape: DeviceDescription.CooperativeMatrixShape) -> JSON {
        .object([
            ("m", .integer(shape.m)), ("n", .integer(shape.n)), ("k", .integer(shape.k)),
            ("types", .array(shape.types.map { .string($0) })), ("scope", .string(shape.scope)),
        ])
    }
}

extension DeviceDescription {
    /// The kernels' variants that the device cannot run.
    var missingVariants: [MissingVariant] { unusableReason == nil ? MissingVariant.all(on: kernelSupport) : [] }
}
