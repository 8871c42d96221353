import LlamaradaErrors
import LlamaradaTensors

/// Reads the hyperparameters of one file, each within bounds; errors name the key, what was expected and what was found.
struct ModelKeyReader {
    /// More than any model has; products of three such dimensions fit 64 bits.
    static let largestDimension = 1 << 20

    let architecture: Architecture
    private let gguf: GGUFFile

    /// Throws where the file is of no architecture that this version knows.
    init(_ gguf: GGUFFile) throws(CheckpointError) {
        self.gguf = gguf
        let name = try gguf.metadata.require(ModelKey.architecture.rawValue, .text)
        guard let architecture = Architecture(named: name) else {
            let known = Architecture.all.map { "'\($0.name)'" }.joined(separator: ", ")
            throw CheckpointError(
                .unsupported, file: gguf.path,
                problem: "architecture \(name.quoted()) is not supported; this build knows \(known)",
                remedy: .supportedModel(insteadOf: gguf.path))
        }
        self.architecture = architecture
    }

    /// The key as this file spells it.
    func name(_ key: ModelKey) -> String { key.name(architecture) }

    /// Throws unless the model is dense.
    func checkSupported() throws(CheckpointError) {
        let experts = try integer(.expertCount, in: 0...65_536, default: 0)
        guard experts == 0 else {
            throw unsupported("'\(name(.expertCount))' is \(experts): mixtures of experts are not supported")
        }
    }

    /// Throws where logits are squashed by c · tanh(logit / c).
    func checkLogitCap() throws(CheckpointError) {
        let cap = try number(.logitCap, in: 0...1e9, default: 0)
        guard cap == 0 else { throw unsupported("'\(name(.logitCap))' is \(cap): capped logits are not supported") }
    }

    /// Reads an integer within `bounds`; without a default the key must be there.
    func integer(
        _ key: ModelKey, in bounds: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(CheckpointError) -> Int {
        let found = try gguf.metadata.find(name(key), .integer) ?? fallback
        let value = if let found { found } else { try gguf.metadata.require(name(key), .integer) }
        guard bounds ~= value else {
            throw invalid("'\(name(key))' is \(value), expected \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return value
    }

    /// Reads a float within `bounds`, which NaN and infinity never are.
    func number(
        _ key: ModelKey, in bounds: ClosedRange<Double>, default fallback: Double? = nil
    ) throws(CheckpointError) -> Double {
        let found = try gguf.metadata.find(name(key), .number) ?? fallback
        let value = if let found { found } else { try gguf.metadata.require(name(key), .number) }
        guard bounds ~= value else {
            throw invalid("'\(name(key))' is \(value), expected \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return value
    }

    func invalid(_ problem: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: gguf.path, problem: problem,
            remedy: .inspect(file: gguf.path))
    }

    func unsupported(_ problem: String) -> CheckpointError {
        CheckpointError(
            .unsupported, file: gguf.path, problem: problem,
            remedy: .supportedModel(insteadOf: gguf.path))
    }
}

extension ModelKeyReader {
    /// Elements of one head, from the key length or else the embedding length; checks all that hangs on it.
    func headDim(dim: Int, headCount: Int, kvHeadCount: Int) throws(CheckpointError) -> Int {
        guard headCount % kvHeadCount == 0 else {
            throw invalid(
                "'\(name(.headCountKV))' is \(kvHeadCount), which does not divide "
                    + "'\(name(.headCount))', \(headCount)")
        }
        let limits = 1...Self.largestDimension
        let given = try gguf.metadata.find(name(.keyLength), .integer)
        guard given != nil || dim % headCount == 0 else {
            throw invalid(
                "'\(name(.headCount))' is \(headCount), which does not divide "
                    + "'\(name(.embeddingLength))', \(dim)")
        }
        let headDim = try integer(.keyLength, in: limits, default: dim / headCount)
        guard headDim % 2 == 0 else {
            throw invalid("heads have \(headDim) elements, which cannot be rotated in pairs")
        }
        // llama.cpp refuses other rotations of this architecture too.
        for key in [ModelKey.valueLength, .ropeDimensionCount] {
            let value = try integer(key, in: limits, default: headDim)
            guard value == headDim else {
                throw invalid(
                    "'\(name(key))' is \(value); '\(name(.headCount))' and "
                        + "'\(name(.embeddingLength))' give heads of \(headDim) elements")
            }
        }
        return headDim
    }

    /// What positions are divided by, and YaRN's numbers where the file has them: one of both at most.
    func ropeScaling() throws(CheckpointError) -> (scale: Double, yarn: YaRNScaling?) {
        let bounds = 1e-3...1e6
        let old = try number(.ropeScaleLinear, in: bounds, default: 1)
        let type = try gguf.metadata.find(name(.ropeScalingType), .text) ?? "linear"
        switch type {
        case "none": return (1, nil)
        case "linear": return (try number(.ropeScalingFactor, in: bounds, default: old), nil)
        case "yarn": return (1, try yarn(factor: old))
        default:
            throw unsupported(
                "'\(name(.ropeScalingType))' is \(type.quoted()), only 'none', 'linear' and 'yarn' are supported")
        }
    }

    private func yarn(factor: Double) throws(CheckpointError) -> YaRNScaling {
        // With a base of 1 all waves are alike.
        _ = try number(.ropeBase, in: 1.001...1e15, default: 10_000)
        let turns = 1e-6...1e9
        let longest = 1...Int(Int32.max)
        let trained = try integer(.contextLength, in: longest)
        return YaRNScaling(
            factor: try number(.ropeScalingFactor, in: 1e-3...1e6, default: factor),
            trainedContext: Double(try integer(.ropeTrainedContext, in: longest, default: trained)),
            fastTurns: try number(.ropeFastTurns, in: turns, default: 32),
            slowTurns: try number(.ropeSlowTurns, in: turns, default: 1),
            attentionFactor: try number(.ropeAttentionFactor, in: 1e-3...1e3, default: 1))
    }

    /// Layers with windows; nil where the file names no window or the family has none.
    func window() throws(CheckpointError) -> AttentionWindow? {
        guard let defaults = architecture.window else { return nil }
        let length = try integer(.window, in: 0...Int(Int32.max), default: 0)
        guard length > 0 else { return nil }
        return AttentionWindow(
            length: length, period: try integer(.windowPattern, in: 0...4096, default: defaults.period),
            ropeBase: try number(.windowedRopeBase, in: 1...1e15, default: defaults.ropeBase))
    }

    /// What products of queries and keys are multiplied by: what the file says, or what the family does.
    func attentionScale(
        layerCount: Int, dim: Int, headCount: Int, headDim: Int
    ) throws(CheckpointError) -> Double {
        let given = try number(.attentionScale, in: 0...1e6, default: 0)
        guard given == 0 else { return given }
        let usual = AttentionShape.usualScale(headDim: headDim)
        return layerCount == architecture.widthScaledDepth ? (Double(headCount) / Double(dim)).squareRoot() : usual
    }

    /// Rows of the token embedding, which other counts must equal.
    func vocabularySize(dim: Int) throws(CheckpointError) -> Int {
        let tensorName = WeightKind.tokenEmbedding.rawValue
        guard let embedding = gguf.tensor(named: tensorName) else { throw invalid("tensor '\(tensorName)' is missing") }
        guard embedding.shape.count == 2, embedding.columnCount == dim else {
            throw invalid(
                "tensor '\(tensorName)' has shape \(describe(embedding.shape)); "
                    + "'\(name(.embeddingLength))' says (tokens, \(dim))")
        }
        let limits = 1...Int(Int32.max)
        guard limits ~= embedding.rowCount else {
            throw invalid(
                "tensor '\(tensorName)' has \(embedding.rowCount) rows, expected at most \(limits.upperBound)")
        }
        let counts = [
            (ModelKey.vocabularySize, try gguf.metadata.find(name(.vocabularySize), .integer)),
            (ModelKey.tokens, try gguf.metadata.find(name(.tokens), .strings)?.count),
        ]
        for case (let key, let count?) in counts where count != embedding.rowCount {
            throw invalid(
                "tensor '\(tensorName)' has shape \(describe(embedding.shape)); '\(name(key))' says \(count) tokens")
        }
        return embedding.rowCount
    }

    /// The divisors of the rotary frequencies: (pairCount), or nil.
    func ropeFactors(pairCount: Int) throws(CheckpointError) -> [Float]? {
        let tensorName = WeightKind.ropeFactors.rawValue
        guard let tensor = gguf.tensor(named: tensorName) else { return nil }
        guard tensor.shape == [pairCount] else {
            throw invalid(
                "tensor '\(tensorName)' has shape \(describe(tensor.shape)); heads of \(2 * pairCount) elements need "
                    + describe([pairCount]))
        }
        let factors = try gguf.floats(of: tensor)
        if let wrong = factors.firstIndex(where: { !(1e-6...1e6 ~= $0) }) {
            throw invalid("tensor '\(tensorName)' has \(factors[wrong]) at \(wrong), expected 1e-06 to 1e+06")
        }
        return factors
    }
}

/// A shape as messages show it, such as "(4096, 1024)".
func describe(_ shape: [Int]) -> String { "(\(shape.map(String.init).joined(separator: ", ")))" }
