import Glibc
import LlamaradaTensors
import Testing

/// Each runs in a process of its own, whose peak memory nothing else moves.
@Suite struct GGUFMemoryTests {
    /// The measurement sees memory that was touched and given back.
    @Test func theMeasurementMeasures() async {
        await #expect(processExitsWith: .success) {
            let growth = peakGrowth { precondition([UInt8](repeating: 1, count: 64 << 20).last == 1) }
            precondition(growth > 60 << 20, "grew by \(growth) bytes")
        }
    }

    /// Counts that a sparse file of a tebibyte would allow, read as far as they hold.
    @Test func hostileCountsAllocateLittle() async {
        await #expect(processExitsWith: .success) {
            let tensor = RawGGUF.tensor("t", [1 << 38], type: 0, offset: 0)
            let files =
                [
                    RawGGUF.with { $0.tensorCount = 1 << 34 }, RawGGUF.with { $0.pairCount = 1 << 35 },
                    RawGGUF.with { $0.pairs[0] = RawGGUF.pair("x", type: 8, RawGGUF.number(UInt64(1) << 39)) },
                    RawGGUF.with { $0.pairs[0] = RawGGUF.pair("x", type: 8, RawGGUF.number(UInt64(100) << 20)) },
                    RawGGUF.with { $0.tensors = [tensor] },
                ]
                + (0...12).flatMap { type in
                    [UInt64(1) << 28, 1 << 35, 1 << 61].map { count in
                        RawGGUF.with {
                            $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: type, count: count, []))
                        }
                    }
                }
            let growth = peakGrowth {
                for file in files { _ = try? GGUFFile(source: MemorySource(file, byteCount: 1 << 40)) }
            }
            precondition(growth < 32 << 20, "grew by \(growth) bytes")
        }
    }

    /// Files made of the entries that cost most to hold.
    @Test func memoryStaysASmallMultipleOfTheFile() async {
        await #expect(processExitsWith: .success) {
            let nested = (0..<100_000).flatMap { _ in RawGGUF.array(of: 0, count: 1, [7]) }
            let strings = (0..<300_000).flatMap { _ in RawGGUF.string("a") }
            let files = [
                RawGGUF.with {
                    $0.pairs = [RawGGUF.pair("x", type: 9, RawGGUF.array(of: 9, count: 100_000, nested))]
                },
                RawGGUF.with {
                    $0.pairs = [RawGGUF.pair("x", type: 9, RawGGUF.array(of: 8, count: 300_000, strings))]
                },
                RawGGUF.with { $0.pairs = (0..<100_000).map { RawGGUF.pair("\($0)", type: 0, [1]) } },
                RawGGUF.with {
                    $0.tensors = (0..<50_000).map { RawGGUF.tensor("\($0)", [1], type: 0, offset: UInt64($0) * 32) }
                    $0.data = [UInt8](repeating: 0, count: 50_000 * 32)
                },
            ]
            for file in files {
                let growth = peakGrowth {
                    _ = try? GGUFFile(source: MemorySource(file))
                }
                precondition(growth < 16 * file.count + (8 << 20), "\(file.count) bytes grew by \(growth)")
            }
        }
    }
}

/// By how many bytes this process's memory grew, at most, while `body` ran.
private func peakGrowth(during body: () -> Void) -> Int {
    // Freed memory is given back first, or growth could hide in it. (The Glibc module lacks <malloc.h>.)
    if let symbol = dlsym(nil, "malloc_trim") {
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
    }
    // "5" sets the recorded peak back to what is held now.
    let file = open("/proc/self/clear_refs", O_WRONLY)
    precondition(write(file, "5", 1) == 1)
    close(file)
    let before = memory("VmRSS:")
    body()
    return memory("VmHWM:") - before
}

/// A line of /proc/self/status, in bytes.
private func memory(_ field: String) -> Int {
    let file = open("/proc/self/status", O_RDONLY)
    defer { close(file) }
    let text = String(unsafeUninitializedCapacity: 8192) { max(0, read(file, $0.baseAddress, $0.count)) }
    let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
    guard
        let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
    else { preconditionFailure("no \(field)") }
    return kilobytes << 10
}
