import LlamaradaReports
import Testing

@Suite struct HumanUnitsTests {
    @Test(arguments: [
        (0.1234, 1, "12.3 %"), (0, 1, "0 %"), (0.0004, 1, "< 0.1 %"), (0.004, 0, "< 1 %"), (1.5, 0, "150 %"),
        (-0.01, 1, "-1.0 %"), (.nan, 1, "–"), (.infinity, 1, "> 100000 %"), (2000, 1, "> 100000 %"),
    ])
    func percent(part: Double, digits: Int, text: String) {
        #expect(HumanUnits.percent(part, digits: digits) == text)
    }

    @Test func units() {
        #expect(HumanUnits.duration(nanoseconds: 940) == "940 ns")
        #expect(HumanUnits.duration(nanoseconds: 4_560_000) == "4.56 ms")
        #expect(HumanUnits.bytes(98_400_000) == "98.4 MB")
        #expect(HumanUnits.scientific(9.96e-13) == "1.0e-12")
    }
}
