import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors
import LlamaradaThreads
import Synchronization
import Testing

/// What the device holds of a matrix does not depend on the way there: in place or through slots, on how many threads,
/// in how many shards.
@Suite struct WeightUploadTests {
    /// A way to the device.
    struct Way: Sendable, CustomTestStringConvertible {
        var threads: Int
        /// Bytes of a slot.
        var slot: Int
        var inPlace: Bool
        var testDescription: String { "\(threads) threads, \(slot) bytes \(inPlace ? "in place" : "in slots")" }

        func staging(_ device: Device) -> StagingRing {
            StagingRing(device, slotByteCount: slot, slotCount: 3, writesInPlace: inPlace)
        }
    }

    /// Slots of less than a tile, of some, and of all.
    private static let ways = [1, 2, 5].flatMap { threads in
        [1 << 12, 1 << 18, 8 << 20].flatMap { slot in
            [false, true].map { Way(threads: threads, slot: slot, inPlace: $0) }
        }
    }

    private static func upload(
        _ rows: QuantizedRows, _ way: Way, on device: Device, shardByteCount: Int = .max,
        filled: ((Int) throws -> Void)? = nil,
        read: (@Sendable (Range<Int>, UnsafeMutableRawBufferPointer) throws -> Void)? = nil
    ) throws -> [[UInt8]] {
        let staging = way.staging(device)
        let rowByteCount = rows.bytes.count / rows.rows
        let matrix = try WeightMatrix(
            rows.elementType, rows: rows.rows, columns: rows.columns, name: "weights", on: device, staging: staging,
            team: ThreadTeam(way.threads), shardByteCount: shardByteCount, filled: filled,
            read: read ?? { range, target in
                let bytes = range.lowerBound * rowByteCount..<range.upperBound * rowByteCount
                rows.bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[bytes])) }
            })
        try staging.finish()
        return try matrix.shards.map { try device.download($0.words.bound(to: UInt8.self)) }
    }

    /// More than a piece that a thread takes at once, and no whole tile at the end.
    private static func matrix(_ type: ElementType) -> QuantizedRows {
        var random = CheckRandom(seed: UInt64(type.rawValue))
        let byteCount = type.byteCount(elementCount: 1024) ?? 1
        return random.weights(type, rows: max(700, 900 << 10 / byteCount) / 64 * 64 + 33, columns: 1024)
    }

    @Test(arguments: ElementType.allCases) func theSameBytesOnEveryWay(_ type: ElementType) throws {
        let device = try Device()
        let rows = Self.matrix(type)
        let expected = PackedMatrix(rows).bytes
        for way in Self.ways {
            let found = try Self.upload(rows, way, on: device)
            #expect(found == [expected], "\(way.testDescription)")
        }
    }

    @Test(arguments: ways) func shards(way: Way) throws {
        let device = try Device()
        let rows = Self.matrix(.q4_K)
        let limit = WeightLayout(.q4_K, rows: 320, columns: rows.columns).byteCount
        let whole = Way(threads: 1, slot: 8 << 20, inPlace: false)
        let expected = try Self.upload(rows, whole, on: device, shardByteCount: limit)
        #expect(expected.count > 2)
        #expect(try Self.upload(rows, way, on: device, shardByteCount: limit) == expected)
    }

    /// What the host writes in place makes no submission; elsewhere each slot is one.
    @Test func submissions() throws {
        let device = try Device()
        let rows = Self.matrix(.q8_0)
        for inPlace in [true, false] {
            let staging = Way(threads: 2, slot: 1 << 18, inPlace: inPlace).staging(device)
            let before = device.activity.submissions
            _ = try WeightMatrix(
                .q8_0, rows: rows.rows, columns: rows.columns, name: "weights", on: device, staging: staging,
                team: ThreadTeam(2)
            ) { _, target in target.initializeMemory(as: UInt8.self, repeating: 0) }
            try staging.finish()
            // The CPU driver's memory is the machine's.
            let count = device.activity.submissions - before
            #expect(inPlace ? count == 0 : count >= 4, "\(count)")
        }
    }

    @Test(arguments: ways) func progressRises(way: Way) throws {
        let rows = Self.matrix(.q4_0)
        var filled: [Int] = []
        let bytes = try Self.upload(rows, way, on: Device(), filled: { filled.append($0) })
        #expect(filled == filled.sorted() && filled.last == rows.rows && Set(filled).count == filled.count)
        #expect(bytes == [PackedMatrix(rows).bytes])
    }

    @Test(arguments: ways) func errorsEndIt(way: Way) throws {
        struct Stop: Error, Equatable { var row: Int }
        let rows = Self.matrix(.f32)
        let device = try Device()
        let read = Mutex(0)
        let error = try #require(throws: Stop.self) {
            _ = try Self.upload(
                rows, way, on: device,
                read: { range, _ in
                    read.withLock { $0 += 1 }
                    if range.upperBound > 100 { throw Stop(row: range.lowerBound) }
                })
        }
        // The error of the first rows that failed, and nothing was read long after it.
        #expect(error.row <= 100)
        #expect(read.withLock { $0 } <= 2 * way.threads + 4)
        var calls = 0
        #expect(throws: Stop.self) {
            _ = try Self.upload(
                rows, way, on: device,
                filled: { _ in
                    calls += 1
                    throw Stop(row: 0)
                })
        }
        #expect(calls == 1)
    }
}
