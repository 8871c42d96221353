import Llamarada
import LlamaradaTensors
import Testing

@Suite struct EmbeddingReferenceTests {
    @Test func embeddingGathersRows() throws {
        let table = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
        #expect(try Reference.embedding([2, 0, 2], table).values == [5, 6, 1, 2, 5, 6])
        // BF16: the upper halves of 1, -2, 0.5 and 3.
        let half = QuantizedRows(
            rows: 2, columns: 2, elementType: .bf16, bytes: [0x80, 0x3F, 0x00, 0xC0, 0x00, 0x3F, 0x40, 0x40])
        #expect(try Reference.embedding([1, 0], half).values == [0.5, 3, 1, -2])
    }
}
