import Llamarada
import LlamaradaDevice
import LlamaradaLab

extension PlanReport {
    /// Everything in bytes and tokens.
    package var json: JSON {
        let types = Self.typeTable(forecast)
        var members: [(key: String, value: JSON)] = [
            ("model", .string(path)), ("device", deviceJSON), ("fits", .bool(forecast.file.fits)),
            ("fits_whole", .bool(forecast.file.fitsWhole)), ("problem", problem),
        ]
        members += requested
        members += [
            ("memory", partsJSON), ("memory_bytes", memory.map { .integer($0.byteCount) } ?? .null),
            ("allocated_bytes", memory.map { .integer($0.allocatedByteCount) } ?? .null),
            ("heaps", memory.map { Self.heapTable.json($0.heaps) } ?? .array([])), ("limits", limitsJSON),
            ("longest_context_length", forecast.file.longestContext.map { .integer($0) } ?? .null),
            ("file", types.json(forecast.file)), ("types", types.json(forecast.types)), ("peaks", peaksJSON),
            ("splits", Self.splitTable.json(forecast.splits)),
            ("advice", .array(forecast.advice.map { .object([("change", .string(spelling($0)))]) })),
        ]
        return .object(members)
    }

    private var partsJSON: JSON {
        .object(MemoryPlan.Part.allCases.map { (Self.key($0), .integer(memory?[$0] ?? 0)) })
    }

    private var problem: JSON {
        if case .failure(let error) = forecast.file.outcome { return .string(error.problem) }
        return .null
    }

    private var deviceJSON: JSON {
        .object([
            ("index", .integer(forecast.device.index)), ("name", .string(forecast.device.name)),
            ("kind", .string(forecast.device.kind)),
        ])
    }

    private var requested: [(key: String, value: JSON)] {
        [
            ("context_length", .integer(request.contextLength)),
            ("trained_context_length", .integer(forecast.configuration.contextLength)),
            ("sequences", .integer(request.slots)),
            ("cache_tokens", plan.map { .integer($0.capacity.pages * $0.capacity.pageSize) } ?? .null),
            ("key_cache_type", .string(request.keyCacheType.rawValue)),
            ("value_cache_type", .string(request.valueCacheType.rawValue)),
            ("layers", .integer(forecast.configuration.layerCount + 1)),
            ("gpu_layers", plan.map { .integer($0.placement.devicePartCount) } ?? .null),
        ]
    }

    private static func key(_ part: MemoryPlan.Part) -> String {
        switch part {
        case .hostWeights: "host_weight_bytes"
        case .weights: "weight_bytes"
        case .cache: "cache_bytes"
        case .activations: "activation_bytes"
        case .logits: "logit_bytes"
        case .tables: "table_bytes"
        case .angles: "angle_bytes"
        case .staging: "staging_bytes"
        }
    }

    private var limitsJSON: JSON {
        .object([
            ("max_storage_buffer_range", .integer(forecast.device.maxStorageBufferRange)),
            ("max_allocation_bytes", .integer(forecast.device.maxAllocationByteCount)),
        ])
    }

    private var peaksJSON: JSON {
        guard let peaks = forecast.peaks else { return .null }
        return .object([
            ("read_bytes_per_second", .number(peaks.readBandwidth)), ("flops", .number(peaks.flops)),
            ("bus_bytes_per_second", peaks.busBandwidth.map { .number($0) } ?? .null),
        ])
    }
}
