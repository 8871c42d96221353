import Llamarada
import LlamaradaLab
import Testing

@Suite struct SweepTests {
    @Test(arguments: [
        ("512", [512]), ("128,512", [128, 512]), ("0", [0]), ("5-8", [5, 6, 7, 8]),
        ("128-512+128", [128, 256, 384, 512]),
        ("128-512*2", [128, 256, 512]), ("1,4-6,8-20*2", [1, 4, 5, 6, 8, 16]), ("100-250+100", [100, 200]),
        ("7-7", [7]),
    ])
    func values(text: String, expected: [Int]) {
        #expect(Sweep(text)?.values == expected)
    }

    @Test(arguments: [
        "", ",", "1,", "a", "-1", "1-", "5-2", "1-5+0", "1-5*1", "1-5*0", "0-8*2", "1-5+", "1-5-1", "1.5", "16777217",
        "99999999999999999999", "1-10000", "1-5*2*2", "٣",
    ])
    func refuses(text: String) {
        #expect(Sweep(text) == nil)
    }

    @Test func atMostSoManyValues() {
        #expect(Sweep("1-1000")?.values.count == 1000)
        #expect(Sweep("1-1000,5") == nil)
        #expect(Sweep("1,2,3", limit: 2) == nil)
    }
}
