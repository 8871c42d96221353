import Llamarada
import LlamaradaServerSettings

/// How many answers are wanted, and how they are sent.
struct AnswerFields {
    /// Answers to each prompt.
    var choices: Int
    var streams: Bool
    /// Whether a stream ends with how many tokens there were.
    var includesUsage: Bool

    /// Most texts of `stop`, and the bytes of the longest.
    static let mostStops = 64
    static let longestStop = 4096

    /// One answer each, at once.
    static let single = AnswerFields(choices: 1, streams: false, includesUsage: false)

    private init(choices: Int, streams: Bool, includesUsage: Bool) {
        self.choices = choices
        self.streams = streams
        self.includesUsage = includesUsage
    }

    /// Reads `n`, `stream` and `stream_options`.
    ///
    /// - Parameter prompts: how many there are.
    init(_ fields: Fields, _ settings: ServerSettings, prompts: Int) throws(APIError) {
        let most = settings.limits.choices
        choices = try fields.integer("n", in: 1...most) ?? 1
        guard prompts * choices <= most else {
            throw .invalid(
                "'n' times the number of prompts is \(prompts * choices); this server gives at most \(most) answers at once.",
                "n")
        }
        streams = try fields.flag("stream")
        includesUsage = try fields.object("stream_options")?.flag("include_usage") ?? false
    }

    /// `lookup`: how many tokens are drafted at once; 0 drafts none.
    static func lookup(_ fields: Fields, _ settings: ServerSettings) throws(APIError) -> Int {
        try fields.integer("lookup", in: 0...GenerationOptions.mostLookup) ?? settings.model.lookup
    }

    /// `stop`: a text or several, none of them endless; empty ones stop nothing.
    static func stops(_ fields: Fields) throws(APIError) -> [String] {
        let stops = try fields.texts("stop", atMost: mostStops)
        guard stops.allSatisfy({ $0.utf8.count <= longestStop }) else {
            throw .invalid("'stop' has a text of more than \(longestStop) bytes.", "stop")
        }
        return stops
    }
}
