import Foundation
import Testing

/// What programs read has one way of naming things.
@Suite struct JSONKeyTests {
    private static let model = Fixtures.model("q4_0")
    /// Objects whose keys are names from elsewhere: a file's, a shader's, a driver's.
    private static let foreign: Set = ["metadata", "constants", "statistics", "kld_quantiles", "delta_p_quantiles"]

    @Test(arguments: [
        ["inspect", model, "--json"], ["devices", "--json"], ["plan", "-m", model, "--json"],
        ["score", "-m", model, "-p", "Hello", "--json"],
        ["quantize", Fixtures.model("f32"), "/nonexistent/x.gguf", "Q8_0", "--dry-run", "--json"],
        ["tokenize", "-m", model, "-p", "Hello", "--json"], ["doctor", "-o", "Add", "--json"],
        ["compare", "-m", model, "-p", "Hello there", "--json"], ["shaders", "--gpu", "navi21", "--json"],
        ["profile", "-m", model, "-p", "3", "-n", "2", "--no-overhead", "--json"],
        ["bench", "-m", model, "-p", "3", "-n", "0", "-r", "1", "-o", "json"], ["bench", "--peaks", "-o", "json"],
        ["perplexity", "-m", model, "-f", PerplexityFixture.text, "-c", "32", "--chunks", "1", "--json"],
    ])
    func keysAreSnakeCase(_ command: [String]) throws {
        let program = try Program.run(command)
        try #require(program.status == 0, "\(program.errors)")
        let keys = Self.keys(try JSONSerialization.jsonObject(with: Data(program.outputBytes)))
        #expect(!keys.isEmpty)
        #expect(keys.filter { $0.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) == nil } == [])
    }

    private static func keys(_ json: Any) -> Set<String> {
        if let array = json as? [Any] { return array.reduce(into: []) { $0.formUnion(keys($1)) } }
        guard let object = json as? [String: Any] else { return [] }
        return object.reduce(into: Set(object.keys)) { all, member in
            if !foreign.contains(member.key) { all.formUnion(keys(member.value)) }
        }
    }
}
