import ArgumentParser
import Llamarada

/// Samplers that are not used by default; names and defaults are llama.cpp's.
struct SamplerArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init(
            "The samplers that are used, in their order, with ';' between them. (default: \(SamplerArguments.defaultOrder))",
            valueName: "names"), transform: SamplerOrder.names)
    var samplers: [SamplerStage]?

    @Option(
        name: [.customLong("sampling-seq"), .customLong("sampler-seq")], parsing: .unconditional,
        help: .init("The same by letters. (default: \(SamplerStage.letters))", valueName: "letters"),
        transform: SamplerOrder.letters)
    var samplingSeq: [SamplerStage]?

    @Option(
        name: [.customLong("top-nsigma"), .customLong("top-n-sigma")], parsing: .unconditional,
        help: .init(
            "Only logits at most this many standard deviations below the largest; -1 keeps all.", valueName: "count"))
    var topNSigma: Float = -1

    @Option(
        name: [.customLong("typical"), .customLong("typical-p")], parsing: .unconditional,
        help: .init(
            "Only the most typical tokens whose probabilities exceed this together; 1 keeps all.", valueName: "sum")
    )
    var typical: Float = 1

    @Option(
        parsing: .unconditional,
        help: .init("How often the likeliest tokens are left out.", valueName: "probability"))
    var xtcProbability: Float = 0

    @Option(
        parsing: .unconditional,
        help: .init("From which probability on, all but the least likely such.", valueName: "probability"))
    var xtcThreshold: Float = 0.1

    @Option(
        parsing: .unconditional,
        help: .init("Lets the temperature follow the entropy, as far up and down.", valueName: "temperature"))
    var dynatempRange: Float = 0

    @Option(parsing: .unconditional, help: .init("The power of the entropy's share in that.", valueName: "exponent"))
    var dynatempExp: Float = 1

    @Option(
        parsing: .unconditional,
        help: .init(
            "1 or 2: keeps the surprise at a target, in place of all samplers but the temperature.",
            valueName: "version")
    )
    var mirostat: Int = 0

    @Option(
        name: .customLong("mirostat-ent"), parsing: .unconditional,
        help: .init("That target, in bits a token.", valueName: "tau"))
    var mirostatEntropy: Float = 5

    @Option(
        name: .customLong("mirostat-lr"), parsing: .unconditional,
        help: .init("How quickly it is approached.", valueName: "eta"))
    var mirostatRate: Float = 0.1

    fileprivate static let defaultOrder = SamplerStage.defaultOrder.map(\.rawValue).joined(separator: ";")

    /// What these come to, on top of other options.
    func apply(to options: inout SamplingOptions) {
        options.samplers = samplingSeq ?? samplers ?? SamplerStage.defaultOrder
        options.topNSigma = topNSigma
        options.typicalP = typical
        options.xtc = .init(probability: xtcProbability, threshold: xtcThreshold)
        options.dynamicTemperature = .init(range: dynatempRange, exponent: dynatempExp)
        options.mirostat = .init(
            .init(rawValue: mirostat) ?? .off, targetSurprise: mirostatEntropy, learningRate: mirostatRate)
    }

    func validate() throws {
        if !(0...2 ~= mirostat) { throw ValidationError("--mirostat must be 0 (off), 1 or 2, not \(mirostat).") }
        if samplingSeq != nil, samplers != nil {
            throw ValidationError("--sampling-seq and --samplers both say the order: leave one out.")
        }
        try SamplingArguments.check([
            ("--samplers", { $0.samplers = samplers ?? [] }),
            ("--sampling-seq", { $0.samplers = samplingSeq ?? [] }),
            ("--top-nsigma", { $0.topNSigma = topNSigma }), ("--typical", { $0.typicalP = typical }),
            ("--xtc-probability", { $0.xtc.probability = xtcProbability }),
            ("--xtc-threshold", { $0.xtc.threshold = xtcThreshold }),
            ("--dynatemp-range", { $0.dynamicTemperature.range = dynatempRange }),
            ("--dynatemp-exp", { $0.dynamicTemperature.exponent = dynatempExp }),
            ("--mirostat-ent", { $0.mirostat.targetSurprise = mirostatEntropy }),
            ("--mirostat-lr", { $0.mirostat.learningRate = mirostatRate }),
        ])
    }
}
