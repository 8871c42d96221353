import LlamaradaErrors
import Testing

@Suite struct RemedyTests {
    private struct Failure: LlamaradaError {
        var code = 1
        var file = ""
        var problem = "There is no room"
        var remedy = Remedy.noneKnown
        var description: String { line(spelling: \.words) }
    }

    @Test func aLineSaysWhereWhatAndWhatHelps() {
        #expect("\(Failure())" == "There is no room.")
        #expect("\(Failure(remedy: .smallerModel))" == "There is no room. Use a smaller model.")
        #expect(
            "\(Failure(file: "a.gguf", remedy: .fetchAgain))"
                == "a.gguf: There is no room. The file is damaged or incomplete: fetch it again.")
    }

    @Test func alternativesShareTheirVerb() {
        let remedy = Remedy.either(.freeDeviceMemory, .either(.smallerModel, .shorterContext))
        #expect(
            remedy.sentence(spelling: \.words)
                == "Free memory on the device, or use a smaller model or a shorter context")
        #expect(
            Remedy.either(.raiseLimit(.stack), .raiseLimit(.memory)).sentence(spelling: \.words)
                == "Raise the limit on the stack or on memory")
        #expect(Remedy.either(.noneKnown, .shorterPrompt).sentence(spelling: \.words) == "Use a shorter prompt")
        #expect(Remedy.noneKnown.sentence(spelling: \.words).isEmpty)
    }

    @Test func programsHaveWordsOfTheirOwn() {
        let line = Failure(remedy: .either(.shorterContext, .cpuBackend)).line { remedy in
            remedy == .shorterContext ? Phrase("turn", "the knob to the left") : remedy.words
        }
        #expect(line == "There is no room. Turn the knob to the left, or use the CPU backend.")
    }
}
