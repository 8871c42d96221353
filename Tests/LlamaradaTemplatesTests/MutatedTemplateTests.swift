import Foundation
import LlamaradaTemplates
import LlamaradaTensors
import Testing

/// Damaged templates end in a text or an error, and soon.
struct MutatedTemplateTests {
    /// `LLAMARADA_MUTATIONS` tries more of them.
    private static let count =
        ProcessInfo.processInfo.environment["LLAMARADA_MUTATIONS"].flatMap { Int($0) } ?? 10_000

    @Test func everyMutantEnds() throws {
        let small = try #require(FixtureFile.load("cases")["cases"]?.elements).compactMap { $0["template"]?.text }
        let large = try FixtureFile.templates().compactMap { try FixtureFile.load($0)["template"]?.text }
        let variables = try #require(FixtureFile.load("cases")["variables"]).variables
            .merging(#require(FixtureFile.load("conversations")["a call and its answer"]).variables) { $1 }
        var limits = TemplateLimits()
        limits.steps = 20_000
        limits.textBytes = 1 << 16
        var mutator = Mutator(words: (small + large).map { Array($0.utf8) })
        var (rendered, refused) = (0, 0)
        for number in 0..<Self.count {
            let isLarge = number % 50 == 0
            let source = mutator.mutant(of: (isLarge ? large : small).randomElement(using: &mutator.random) ?? "")
            do throws(TemplateError) {
                _ = try ChatTemplate(source, limits: limits).render(variables, now: .fixture)
                rendered += 1
            } catch {
                refused += 1
                #expect(!error.message.isEmpty || error.code == .raised, "\(source)")
            }
        }
        // Mutants that never run, or never fail, would show nothing.
        #expect(rendered > Self.count / 10 && refused > Self.count / 10)
    }
}

/// Damages templates: bytes go, come, change places, and pieces of others come in.
struct Mutator {
    var random = SplitMix(state: 1)
    let words: [[UInt8]]
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "=", "~", "*",
        "**",
        "//", "%", "'", "\"", "\\", "\n", "é", "👍", "\u{301}", " is ", " in ", " not ", " if ", " else ", " for ",
        "{% endif %}",
        "{% endfor %}", "{% else %}", "{% set x = ", "{% raw %}", "{% endraw %}", "loop", "messages", "range(9)",
        "99999999999",
        "9223372036854775807", "1e308", "none", "[::-1]", ".items()", "| tojson", "| list", "| length", "%s", "[0]",
        "namespace(x=1)",
    ].map { Array($0.utf8) }

    init(words: [[UInt8]]) { self.words = words }

    mutating func mutant(of source: String) -> String {
        var bytes = Array(source.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
        case 2: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &random) ?? [])
        case 3: bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
        case 4:
            let other = words.randomElement(using: &random) ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: place)
        default: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        }
    }
}

/// Reproducible random numbers (SplitMix64, Steele et al. 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
