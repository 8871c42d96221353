package import LlamaradaDevice

extension DevicePeaks {
    /// What was measured on such a device before; nil where nothing was, or what is kept is not that.
    package static func known(_ device: DeviceDescription) -> DevicePeaks? {
        guard let bytes = PipelineCacheFile(notes: kind, of: device)?.read(), bytes.count == 24 else { return nil }
        let numbers = bytes.withUnsafeBytes { raw in
            [0, 8, 16].map {
                Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }), numbers[0] > 0, numbers[1] > 0 else { return nil }
        return DevicePeaks(
            readBandwidth: numbers[0], flops: numbers[1], busBandwidth: numbers[2] > 0 ? numbers[2] : nil)
    }

    /// Keeps them for the next time.
    package func remember(_ device: DeviceDescription) {
        let bytes = [readBandwidth, flops, busBandwidth ?? 0].flatMap { number in
            withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
        }
        PipelineCacheFile(notes: Self.kind, of: device)?.write(bytes)
    }

    private static let kind = "peaks"
}
