import Llamarada
import Testing

@Suite struct ArgmaxReferenceTests {
    @Test(
        arguments: [
            ([3, 1, 2], 0), ([1, 3, 3], 1), ([-5, -4, -6], 1), ([.nan, 1, .nan, 2], 3), ([.nan, .nan], 0),
            ([-.infinity, -.infinity], 0), ([1, .infinity, .infinity], 1), ([.nan, -.infinity, -1], 2), ([7], 0),
        ] as [([Float], Int)])
    func argmax(_ values: [Float], _ expected: Int) {
        #expect(Reference.argmax(values) == expected)
    }
}
