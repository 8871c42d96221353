/// One step of choosing a token; the raw values are llama.cpp's names.
///
/// The bias of logits comes before all of them, and a draw behind the last.
public enum SamplerStage: String, Sendable, CaseIterable {
    /// The repeat, presence and frequency penalties.
    case penalties
    /// The penalty of what would repeat a longer sequence: ``SamplingOptions/DRY``.
    case dry
    /// Only logits near the largest, in standard deviations: ``SamplingOptions/topNSigma``.
    case topNSigma = "top_n_sigma"
    /// Only the likeliest tokens, by number: ``SamplingOptions/topK``.
    case topK = "top_k"
    /// Only tokens whose information is near the entropy: ``SamplingOptions/typicalP``.
    case typical = "typ_p"
    /// Only the likeliest tokens, by the sum of their probabilities: ``SamplingOptions/topP``.
    case topP = "top_p"
    /// Only tokens that are not much less likely than the likeliest: ``SamplingOptions/minP``.
    case minP = "min_p"
    /// By chance, not the likeliest tokens: ``SamplingOptions/XTC``.
    case xtc
    /// The temperature, also the dynamic one.
    case temperature

    /// llama.cpp's order, which is that of the cases.
    public static let defaultOrder = allCases

    /// Names that llama.cpp's command line takes besides the raw values.
    private static let otherNames: [String: SamplerStage] = [
        "top-n-sigma": .topNSigma, "top-k": .topK, "typical": .typical, "typical-p": .typical, "typ-p": .typical,
        "typ": .typical, "top-p": .topP, "nucleus": .topP, "min-p": .minP, "temp": .temperature,
    ]

    /// The stage of a name of llama.cpp's; nil where it has none.
    public init?(name: String) {
        guard let stage = SamplerStage(rawValue: name) ?? Self.otherNames[name] else { return nil }
        self = stage
    }

    /// Every name that `init(name:)` takes: the raw values first.
    package static let spellings = allCases.map(\.rawValue) + otherNames.keys.sorted()

    /// llama.cpp's letter for it.
    private var letter: Character {
        switch self {
        case .penalties: "e"
        case .dry: "d"
        case .topNSigma: "s"
        case .topK: "k"
        case .typical: "y"
        case .topP: "p"
        case .minP: "m"
        case .xtc: "x"
        case .temperature: "t"
        }
    }

    /// The stage of a letter of llama.cpp's; nil where it has none.
    public init?(letter: Character) {
        guard let stage = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = stage
    }

    /// All names, for messages.
    public static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// All letters in the default order.
    public static let letters = String(allCases.map(\.letter))
}
