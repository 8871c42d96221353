package import Llamarada
package import LlamaradaText

/// What is compared with what, which decides what counts as agreement.
package enum ComparisonKind: Sendable, Equatable {
    /// A device with the plain formulas: every operation keeps to its class's bound, alone and end to end.
    case reference
    /// Two devices: each may be off by the bound, to either side.
    case devices
    /// Two files: differences are what is asked for, and fail only beyond tolerances that were given.
    case files
    /// A device, or the plain formulas, with a folder of tensors: they keep to the class's bound end to end, or to
    /// tolerances that were given. What an operation alone adds is only told: it may be the trace that is wrong.
    case trace
}

/// Limits that a comparison of two files, or with a trace, must keep to; nil limits nothing.
package struct ComparisonTolerance: Sendable, Equatable {
    /// The mean KL divergence over all positions, in nats.
    package var meanDivergence: Double?
    /// The NMSE of any tensor, end to end.
    package var nmse: Double?

    package init(meanDivergence: Double? = nil, nmse: Double? = nil) {
        self.meanDivergence = meanDivergence
        self.nmse = nmse
    }
}

extension PrecisionClass {
    /// The largest NMSE that rounding may grow to through a whole model, for any tensor between two engines.
    ///
    /// A rounding error of f32 that moves a key or value across the middle between two f16 numbers becomes an error of
    /// 2⁻¹¹, which the later layers pass on. Measured for the exact class on 13 texts and models: up to 8.2e-7 with an
    /// f16 cache and 2.7e-11 with an f32 one; docs/comparing.md has the list. In a q8_0 cache such an error is up to 2⁻⁸ of
    /// a block's largest element. The other classes follow from what their products may add.
    ///
    /// - Parameter cache: the coarser type of keys and values.
    package func endToEnd(cache: KVCacheType) -> Double {
        switch self {
        case .exact:
            switch cache {
            case .f32: 1e-9
            case .f16: 1e-5
            case .q8_0: 1e-4
            }
        case .half: 1e-3
        case .int8: 1e-2
        }
    }
}

/// Everything that a comparison found.
package struct ComparisonFindings: Sendable {
    package var kind: ComparisonKind
    package var precision: PrecisionClass
    package var tolerance: ComparisonTolerance
    /// How keys or values are kept, whichever are coarser.
    package var cacheType: KVCacheType
    package var tokens: [TokenID]
    /// How many of the tokens ran as a prompt, the first ones, and how many one at a time.
    package var promptCount: Int
    package var decodeCount: Int { tokens.count - promptCount }
    /// In the order of computation: the prompt's tensors, then decoding's.
    package var tensors: [ComparedTensor] = []
    package var logits = LogitsDifference()
    /// Whether the actual side gave the same bits again when nobody looked on and its work ran as one submission; nil
    /// where that was not tried.
    package var repeatsUnobserved: Bool?
    /// Where it did not: the kinds of fused kernels that alone make the difference.
    package var wrongFusions: [KernelFusion.Kind] = []

    /// What the two sides amount to.
    package enum Verdict: Sendable, Equatable {
        case identical
        /// Every operation alone and all together keep to the class's bounds, or to the tolerances that were given.
        case agrees
        /// An operation computes something else even on the right input.
        case cause
        /// A tensor holds NaN or infinities, and no operation that was run alone is to blame for them.
        case notFinite
        /// No operation does, yet together they drift apart.
        case drift
        /// The same work gives other results when it is not watched: operations run into each other, or a fused kernel is
        /// wrong, which is not watched.
        case unrepeatable
        /// They differ by more than the tolerances that were given.
        case beyondTolerance
    }

    package var verdict: Verdict {
        if isCauseFirst { return .cause }
        if firstNonFinite != nil { return .notFinite }
        if repeatsUnobserved == false { return .unrepeatable }
        if kind == .files {
            if tensors.allSatisfy(\.endToEnd.isIdentical) { return .identical }
            return exceedsTolerance ? .beyondTolerance : .agrees
        }
        if kind == .trace && exceedsTolerance { return .beyondTolerance }
        if firstBeyond != nil { return .drift }
        return tensors.allSatisfy(\.endToEnd.isIdentical) ? .identical : .agrees
    }

    /// Nothing compared is no agreement.
    package var passes: Bool { !tensors.isEmpty && (verdict == .identical || verdict == .agrees) }

    /// The first tensor in which either side, or both, has NaN or infinities.
    package var firstNonFinite: ComparedTensor? { tensors.first { !$0.endToEnd.isFinite } }

    /// Whether an operation is wrong by itself, on an input that was still finite.
    private var isCauseFirst: Bool {
        guard let cause = tensors.firstIndex(where: \.isCause) else { return false }
        return cause <= tensors.firstIndex { !$0.endToEnd.isFinite } ?? .max
    }

    /// The first operation that is wrong on an input that is right.
    package var firstCause: ComparedTensor? { tensors.first(where: \.isCause) }

    /// The first tensor that is further off than rounding explains, by its own operation or by an earlier one.
    package var firstBeyond: ComparedTensor? {
        tensors.first { !($0.endToEnd.nmse <= limit) || $0.endToEnd.nonFiniteMismatches > 0 }
    }

    /// The largest NMSE end to end that passes.
    package var limit: Double {
        tolerance.nmse ?? (kind == .files ? .infinity : precision.endToEnd(cache: cacheType))
    }

    /// The first tensor whose values are not the same.
    package var firstDifferent: ComparedTensor? { tensors.first { !$0.endToEnd.isIdentical } }

    /// The operations that add most by themselves, worst first.
    package func largestContributions(_ count: Int) -> [ComparedTensor] {
        Array(
            tensors.filter { ($0.alone?.nmse ?? 0) > 0 || ($0.alone?.nonFiniteMismatches ?? 0) > 0 }
                .sorted { Self.weight($0) > Self.weight($1) }.prefix(count))
    }

    private static func weight(_ tensor: ComparedTensor) -> Double {
        guard let alone = tensor.alone else { return 0 }
        return alone.nonFiniteMismatches > 0 ? .infinity : alone.nmse
    }

    private var exceedsTolerance: Bool {
        // Written so that NaN fails.
        if let limit = tolerance.meanDivergence, !(logits.meanDivergence <= limit) { return true }
        return tolerance.nmse != nil && firstBeyond != nil
    }
}
