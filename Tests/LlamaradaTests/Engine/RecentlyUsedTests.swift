import Llamarada
import Testing

@Suite struct RecentlyUsedTests {
    @Test func dropsWhatWasNotUsedForLongest() {
        var values = RecentlyUsed<String, Int>(most: 3)
        for (index, key) in ["a", "b", "c"].enumerated() { values[key] = index }
        #expect(values["a"] == 0)
        values["d"] = 3
        #expect(values["b"] == nil && values["a"] == 0 && values["c"] == 2 && values["d"] == 3)
        // Replacing and removing make no room that is not there.
        values["a"] = 9
        #expect(values["a"] == 9 && values["c"] == 2 && values["d"] == 3)
        values["c"] = nil
        values["e"] = 4
        #expect(values["a"] == 9 && values["d"] == 3 && values["e"] == 4 && values["c"] == nil)
    }
}
