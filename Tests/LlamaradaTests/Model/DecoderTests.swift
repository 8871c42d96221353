import Llamarada
import TestSupport
import Testing

@Suite struct DecoderTests {
    /// An operation and the rows of its first input, or of the step.
    private struct Applied: Equatable {
        var point: TapPoint
        var rows: Int
    }

    /// Computes nothing; a tensor is how many rows it has.
    private struct RowRecorder: Operations {
        let rows: Int
        let needsEveryRow: Bool
        var applied: [Applied] = []

        mutating func apply(_ operation: Operation, _ inputs: [Int], as point: TapPoint) -> Int {
            applied.append(Applied(point: point, rows: inputs.first ?? rows))
            #expect(Set(inputs).count <= 1, "\(point) of rows \(inputs)")
            if case .wantedRows(let count) = operation { return count }
            return inputs.first ?? rows
        }
    }

    /// Two layers, nine rows.
    private func forward(wanted: Int, needsEveryRow: Bool = false) throws -> (result: Int?, applied: [Applied]) {
        let configuration = try ModelConfiguration(gguf: TinyModel().file())
        #expect(configuration.layerCount == 2)
        var recorder = RowRecorder(rows: 9, needsEveryRow: needsEveryRow)
        let result = try Decoder(configuration).forward(&recorder, wanted: wanted)
        return (result, recorder.applied)
    }

    @Test func behindItsAttentionTheLastLayerHasTheWantedRowsAlone() throws {
        let (result, applied) = try forward(wanted: 2)
        #expect(result == 2)
        let last = try #require(applied.firstIndex { $0.point == TapPoint(layer: 1, .attention) })
        #expect(applied[...last].allSatisfy { $0.rows == 9 })
        #expect(applied[(last + 1)...].prefix(2).map(\.point.activation) == [.wantedAttention, .wanted])
        let rest = applied[(last + 3)...]
        #expect(rest.allSatisfy { $0.rows == 2 })
        #expect(rest.contains { $0.point == TapPoint(layer: 1, .down) } && rest.last?.point == TapPoint(.logits))
    }

    @Test func whereNothingIsWantedItGivesKeysAndValues() throws {
        let (result, applied) = try forward(wanted: 0)
        #expect(result == nil)
        #expect(applied.last?.point == TapPoint(layer: 1, .vCached))
        #expect(applied.contains { $0.point == TapPoint(layer: 0, .afterFFN) })
    }

    @Test(arguments: [0, 2]) func whoLooksOnSeesEveryRow(wanted: Int) throws {
        let (result, applied) = try forward(wanted: wanted, needsEveryRow: true)
        #expect(result == (wanted == 0 ? nil : wanted))
        let last = try #require(applied.firstIndex { $0.point == TapPoint(layer: 1, .afterFFN) })
        #expect(applied[...last].allSatisfy { $0.rows == 9 })
        #expect(applied.count { $0.point.activation == .wanted } == (wanted == 0 ? 0 : 1))
    }
}
