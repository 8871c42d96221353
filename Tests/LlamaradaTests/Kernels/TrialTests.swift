import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Testing

/// Mistakes made on purpose on the device, each found by the memory around the buffers.
@Suite struct TrialTests {
    private typealias Record = @Sendable (inout Pass, Buffers, Int) -> Void

    /// a + b into `sum`, all of `TrialTests.count`.
    private struct Buffers {
        var a: View<Float>
        var b: View<Float>
        var sum: Trial.Output<Float>
    }

    private static let count = 64

    private func measure(_ record: @escaping Record) async throws -> Measurement {
        let check = CheckCase(
            operation: "Add", variant: "", shape: "mistaken", bound: .pointwise, dependsOnTuning: false
        ) { trial in
            let values = (0..<Self.count).map(Float.init)
            let buffers = Buffers(
                a: trial.input(values), b: trial.input(values), sum: trial.output(Float.self, count: Self.count))
            let expected = values.map { 2 * Double($0) }
            try trial.run { pass, copy in
                record(&pass, buffers, copy)
            } measure: {
                Measurement(actual: trial.values(buffers.sum), expected: expected, magnitudes: expected)
            }
        }
        return try #require(await CheckRunner.shared.results(check).first).measurement
    }

    /// A view that begins where `view` does, or some elements later, of any length.
    private static func moved(_ view: View<Float>, by elements: Int = 0, count: Int = count) -> View<Float> {
        View(
            BufferView(
                buffer: view.view.buffer, byteOffset: view.view.byteOffset + 4 * elements, byteCount: 4 * count))
    }

    @Test func rightPasses() async throws {
        let measurement = try await measure { pass, buffers, copy in
            pass.add(buffers.a, buffers.b, into: buffers.sum.views[copy])
        }
        #expect(measurement.failures(beyond: .identical).isEmpty)
    }

    @Test func nothingWritten() async throws {
        let measurement = try await measure { _, _, _ in }
        #expect(measurement.unwrittenCount == Self.count)
    }

    @Test func lastElementNotWritten() async throws {
        let measurement = try await measure { pass, buffers, copy in
            pass.add(buffers.a[0..<63], buffers.b[0..<63], into: buffers.sum.views[copy][0..<63])
        }
        #expect(measurement.unwrittenCount == 1)
    }

    @Test func oneElementTooManyWritten() async throws {
        let measurement = try await measure { pass, buffers, copy in
            let (a, b) = (Self.moved(buffers.a, count: 65), Self.moved(buffers.b, count: 65))
            pass.add(a, b, into: Self.moved(buffers.sum.views[copy], count: 65))
        }
        #expect(measurement.changedGuardCount == 2)
    }

    @Test func readingBehindAnInput() async throws {
        let measurement = try await measure { pass, buffers, copy in
            pass.add(Self.moved(buffers.a, by: Self.count), buffers.b, into: buffers.sum.views[copy])
        }
        #expect(measurement.nonFiniteCount == Self.count)
    }

    @Test func writingAnInput() async throws {
        let measurement = try await measure { pass, buffers, copy in
            pass.add(buffers.a, buffers.b, into: buffers.sum.views[copy])
            pass.add(buffers.b, buffers.b, into: buffers.a)
        }
        #expect(measurement.changedInputCount == Self.count - 1)
    }

    @Test func secondRunDiffers() async throws {
        let measurement = try await measure { pass, buffers, copy in
            pass.add(buffers.a, copy == 0 ? buffers.b : buffers.sum.views[0], into: buffers.sum.views[copy])
        }
        #expect(measurement.unrepeatedCount == Self.count - 1)
    }
}
