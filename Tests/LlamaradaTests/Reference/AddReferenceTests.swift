import Llamarada
import Testing

@Suite struct AddReferenceTests {
    @Test func add() {
        let a = Matrix(rows: 2, columns: 1, values: [1, 0.25])
        #expect(Reference.add(a, Matrix(rows: 2, columns: 1, values: [-3, 0.5])).values == [-2, 0.75])
    }
}
