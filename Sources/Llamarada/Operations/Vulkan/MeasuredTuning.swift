package import LlamaradaDevice

/// Of the variants of products that give the same bits, the fastest on a device, as it was measured there.
///
/// What changes the order of a sum, such as splits, comes from `KernelTuning`'s tables alone: two runs of one device
/// must agree to the bit, whatever was measured in between.
package struct MeasuredTuning: Sendable, Equatable {
    /// See `KernelTuning`.
    package var fetchesTexels: Bool
    package var vectorRowsPerLane: Int
    package var longStepRowsPerLane: Int

    package init(_ tuning: KernelTuning) {
        fetchesTexels = tuning.fetchesTexels
        vectorRowsPerLane = tuning.vectorRowsPerLane
        longStepRowsPerLane = tuning.longStepRowsPerLane
    }

    /// A tuning with these choices.
    package func applied(to tuning: KernelTuning) -> KernelTuning {
        var result = tuning
        result.fetchesTexels = fetchesTexels
        result.vectorRowsPerLane = vectorRowsPerLane
        result.longStepRowsPerLane = longStepRowsPerLane
        return result
    }
}

extension MeasuredTuning {
    /// What was measured on such a device before; nil where nothing was, or what is kept is not that.
    package static func known(_ device: DeviceDescription) -> MeasuredTuning? {
        guard let bytes = PipelineCacheFile(notes: kind, of: device)?.read() else { return nil }
        return MeasuredTuning(bytes: bytes)
    }

    /// Whether what is measured can be kept: else every load would measure anew.
    static func canBeKept(_ device: DeviceDescription) -> Bool {
        PipelineCacheFile(notes: kind, of: device)?.canBeKept ?? false
    }

    /// Keeps it for the next time.
    package func remember(_ device: DeviceDescription) {
        PipelineCacheFile(notes: Self.kind, of: device)?.write(bytes)
    }

    private static let kind = "tuning"
    /// Of what is kept; another meaning of the numbers takes another, and so do kernels that another choice suits.
    private static let version: UInt8 = 2

    package var bytes: [UInt8] {
        [
            Self.version, fetchesTexels ? 1 : 0, UInt8(clamping: vectorRowsPerLane),
            UInt8(clamping: longStepRowsPerLane),
        ]
    }

    /// Nil where the bytes are not those of a tuning of this version.
    package init?(bytes: [UInt8]) {
        let rows: Set<UInt8> = [1, 2, 4, 8, 16]
        guard bytes.count == 4, bytes[0] == Self.version, bytes[1] <= 1, rows.contains(bytes[2]),
            rows.contains(bytes[3])
        else { return nil }
        fetchesTexels = bytes[1] == 1
        vectorRowsPerLane = Int(bytes[2])
        longStepRowsPerLane = Int(bytes[3])
    }
}

extension Device {
    /// Has the kernels of this device use what was measured on it, now or before.
    ///
    /// - Returns: nil where nothing could be measured, or kept, so that the tables' tuning stays.
    @discardableResult
    package func tune() throws -> MeasuredTuning? {
        let known = MeasuredTuning.known(description)
        guard known != nil || MeasuredTuning.canBeKept(description),
            let found = try known ?? TuningMeasurement(self).run()
        else { return nil }
        if known == nil { found.remember(description) }
        tuningOverride = found.applied(to: KernelTuning(self))
        return found
    }
}
