import Glibc
import Llamarada

/// A mean with its standard error.
public struct MeanEstimate: Sendable, Equatable {
    /// The value.
    public var value: Double
    /// Its standard error; NaN where there are too few numbers to tell.
    public var uncertainty: Double

    /// Makes an estimate.
    public init(_ value: Double, _ uncertainty: Double) {
        self.value = value
        self.uncertainty = uncertainty
    }

    init(_ moments: Moments) { self.init(moments.mean, moments.uncertainty) }

    /// exp of the value, the uncertainty carried along.
    var exponential: MeanEstimate { MeanEstimate(exp(value), exp(value) * uncertainty) }
}

/// How a model Q differs from a base model P over the positions seen so far.
public struct DivergenceSummary: Sendable, Equatable {
    private var likelihoods = PairedMoments()
    private var divergences = Moments()
    private var differences = Moments()
    private var squaredDifferences = Moments()
    private var sameTopCount = 0

    package init() {}

    package mutating func add(_ position: PositionDivergence) {
        likelihoods.add(position.negativeLogLikelihood, position.baseNegativeLogLikelihood)
        divergences.add(position.divergence)
        let difference = position.probabilityDifference
        differences.add(difference)
        squaredDifferences.add(difference * difference)
        sameTopCount += position.hasSameTop ? 1 : 0
    }

    /// Scored tokens.
    public var tokenCount: Int { divergences.count }
    /// The model's perplexity.
    public var perplexity: MeanEstimate { MeanEstimate(likelihoods.first).exponential }
    /// The base's perplexity.
    public var basePerplexity: MeanEstimate { MeanEstimate(likelihoods.second).exponential }
    /// The correlation of the two models' log-likelihoods, −1 to 1.
    public var correlation: Double { likelihoods.correlation }
    /// ln(PPL(Q) / PPL(base)).
    public var logRatio: MeanEstimate {
        MeanEstimate(likelihoods.first.mean - likelihoods.second.mean, likelihoods.uncertaintyOfDifference)
    }
    /// PPL(Q) / PPL(base).
    public var ratio: MeanEstimate { logRatio.exponential }
    /// PPL(Q) − PPL(base).
    public var difference: MeanEstimate {
        let (q, p) = (perplexity, basePerplexity)
        let variance =
            q.uncertainty * q.uncertainty + p.uncertainty * p.uncertainty
            - 2 * q.value * p.value * likelihoods.covarianceOfMeans
        return MeanEstimate(q.value - p.value, (variance < 0 ? 0 : variance).squareRoot())
    }
    /// The mean D(base ‖ Q) of a position, in nats.
    public var divergence: MeanEstimate { MeanEstimate(divergences) }
    /// The mean of Δp = q(token) − p(token).
    public var meanProbabilityDifference: MeanEstimate { MeanEstimate(differences) }
    /// √(mean Δp²).
    public var rmsProbabilityDifference: MeanEstimate {
        let rms = squaredDifferences.mean.squareRoot()
        return MeanEstimate(rms, rms == 0 ? 0 : squaredDifferences.uncertainty / (2 * rms))
    }
    /// The share of positions where both find the same token likeliest.
    public var sameTop: MeanEstimate {
        let share = Double(sameTopCount) / Double(tokenCount)
        return MeanEstimate(
            share, tokenCount > 1 ? (share * (1 - share) / Double(tokenCount - 1)).squareRoot() : .nan)
    }
}

/// How a model differs from a base model over a text.
public struct DivergenceReport: Sendable {
    /// Evaluated chunks.
    public let chunkCount: Int
    /// Tokens of a chunk.
    public let contextLength: Int
    /// Means over all positions.
    public let summary: DivergenceSummary
    /// The distribution of the divergence of a position, in nats.
    public let divergences: Quantiles
    /// The distribution of Δp.
    public let probabilityDifferences: Quantiles

    init(chunkCount: Int, contextLength: Int, summary: DivergenceSummary, positions: [PositionDivergence]) {
        self.chunkCount = chunkCount
        self.contextLength = contextLength
        self.summary = summary
        divergences = Quantiles(positions.map(\.divergence))
        probabilityDifferences = Quantiles(positions.map(\.probabilityDifference))
    }
}

/// Sorted numbers, asked for their quantiles.
public struct Quantiles: Sendable {
    private let sorted: [Double]

    package init(_ values: [Double]) { sorted = values.sorted() }

    /// The number below which `fraction` (0 to 1) of the numbers lie, between two of them by linear interpolation; NaN
    /// where there are no numbers.
    public func callAsFunction(_ fraction: Double) -> Double {
        guard let last = sorted.indices.last else { return .nan }
        let place = min(max(fraction, 0), 1) * Double(last)
        let below = Int(place)
        let weight = place - Double(below)
        return weight == 0 ? sorted[below] : (1 - weight) * sorted[below] + weight * sorted[below + 1]
    }
}
