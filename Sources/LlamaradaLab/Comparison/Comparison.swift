import Dispatch
package import Llamarada
import LlamaradaTensors
package import LlamaradaText

/// Runs the same tokens through two engines side by side and compares every intermediate tensor.
///
/// The two run on threads of their own and hand each other a few tensors at a time. What is kept beside the engines is
/// one layer's tensors, the cached keys and values in f32, and one pass's logits.
package struct Comparison {
    /// What the tensors should be.
    package var expected: any TappedTransformer
    /// What is examined.
    package var actual: any TappedTransformer
    package var kind: ComparisonKind
    package var precision = PrecisionClass.exact
    package var tolerance = ComparisonTolerance()
    /// Runs operations of the actual side alone; nil leaves that out.
    package var replay: (any OperationReplay)?
    /// The plain formulas on the actual side's file: magnitudes, and products in f64 where a bound seems exceeded.
    package var formulas: ReferenceReplay
    /// Tokens of a prompt that one pass computes, at most.
    package var chunk: Int
    /// The last tokens, which run one at a time.
    package var decodeCount = 1
    /// The passes that a trace is of; nil cuts the tokens by `chunk` and `decodeCount`.
    var tracedPasses: [Pass]?
    /// Writes the actual side's tensors down.
    var dump: TensorDump?

    package init(
        expected: any TappedTransformer, actual: any TappedTransformer, kind: ComparisonKind,
        formulas: ReferenceReplay, replay: (any OperationReplay)?, chunk: Int = 512
    ) {
        self.expected = expected
        self.actual = actual
        self.kind = kind
        self.formulas = formulas
        self.replay = replay
        self.chunk = chunk
    }

    /// Tokens of one forward pass.
    struct Pass: Sendable {
        var phase: ComparedTensor.Phase
        var tokens: [TokenID]
        var position: Int
    }

    /// Compares.
    ///
    /// - Parameters:
    ///   - tokens: at least one; all fit both contexts.
    ///   - progress: is called with the tensors that are done and how many there are.
    /// - Throws: what either engine throws.
    package func run(
        _ tokens: [TokenID], progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws -> ComparisonFindings {
        require(!tokens.isEmpty, "Comparison", "no tokens")
        let (passes, promptCount) = passes(tokens)
        var result = ComparisonFindings(
            kind: kind, precision: precision, tolerance: tolerance, cacheType: formulas.cacheType, tokens: tokens,
            promptCount: promptCount)
        let collector = TensorCollector(
            self, total: passes.count * Decoder(actual.configuration).tensorCount)
        collector.progress = progress
        let logits = try runSideBySide(passes, collector)
        result.tensors = collector.tensors
        result.logits = collector.logits
        if let vulkan = actual as? VulkanTransformer {
            // One submission a pass instead of one a tensor, and fused: what only works with waits in between, and what is
            // wrong in a fused kernel, shows here.
            result.repeatsUnobserved = try repeats(passes, logits, by: vulkan)
            if result.repeatsUnobserved == false {
                result.wrongFusions = try wrongFusions(passes, logits, by: vulkan)
            }
        }
        return result
    }

    /// Whether the passes give the same bits again when nobody looks on.
    private func repeats(_ passes: [Pass], _ logits: [Matrix], by model: VulkanTransformer) throws -> Bool {
        try zip(passes, logits).allSatisfy { pass, logits in
            let again = try model.forward(pass.tokens, at: pass.position, logits: .all)
            return zip(again.values, logits.values).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
    }

    /// The kinds of fused kernels that give other bits than the plain ones, each tried by itself; none where the plain ones
    /// do not repeat either.
    private func wrongFusions(
        _ passes: [Pass], _ logits: [Matrix], by model: VulkanTransformer
    ) throws -> [KernelFusion.Kind] {
        let own = model.engine.fusion
        defer { model.engine.fusion = own }
        model.engine.fusion.kinds = []
        guard try repeats(passes, logits, by: model) else { return [] }
        return try KernelFusion.Kind.allCases.filter { kind in
            guard own.kinds.contains(kind) else { return false }
            model.engine.fusion.kinds = [kind]
            return try !repeats(passes, logits, by: model)
        }
    }

    /// The passes, and how many tokens run as a prompt.
    private func passes(_ tokens: [TokenID]) -> ([Pass], promptCount: Int) {
        if let tracedPasses {
            return (tracedPasses, tracedPasses.filter { $0.phase == .prompt }.reduce(0) { $0 + $1.tokens.count })
        }
        let promptCount = max(0, tokens.count - max(0, decodeCount))
        return (passes(tokens, promptCount: promptCount), promptCount)
    }

    /// The prompt in chunks that both sides can compute whole, then single tokens.
    private func passes(_ tokens: [TokenID], promptCount: Int) -> [Pass] {
        let chunk = max(1, min(chunk, expected.tappedChunk, actual.tappedChunk))
        var passes = stride(from: 0, to: promptCount, by: chunk).map { start in
            let end = min(promptCount, start + chunk)
            // A chunk of one token is computed by decoding's kernels.
            return Pass(
                phase: end - start == 1 ? .decode : .prompt, tokens: Array(tokens[start..<end]), position: start)
        }
        for position in promptCount..<tokens.count {
            passes.append(Pass(phase: .decode, tokens: [tokens[position]], position: position))
        }
        return passes
    }

    /// Returns the actual side's logits of every pass.
    private func runSideBySide(_ passes: [Pass], _ collector: TensorCollector) throws -> [Matrix] {
        let channel = TensorChannel()
        let outcome = Outcome()
        // Safety: only the other thread uses `expected` until `outcome` is there.
        nonisolated(unsafe) let expected = expected
        DispatchQueue(label: "llamarada.compare").async {
            expected.tap = .results { channel.put($0) }
            let result = Result {
                for pass in passes { _ = try expected.forward(pass.tokens, at: pass.position, logits: .all) }
            }
            expected.tap = nil
            channel.finish()
            outcome.set(result)
        }
        actual.tap = .results { [dump] tensor in
            dump?.write(tensor)
            // A side that fuses operations shows less: what lies inside is only remembered.
            while let other = channel.take() {
                if other.point == tensor.point { return collector.compare(expected: other, actual: tensor) }
                collector.skip(other)
            }
        }
        let result = Result {
            try passes.map { pass in
                collector.begin(pass)
                try dump?.begin(pass)
                let logits = try actual.forward(pass.tokens, at: pass.position, logits: .all)
                try dump?.end()
                return logits
            }
        }
        actual.tap = nil
        channel.abandon()
        let other = outcome.wait()
        let logits = try result.get()
        try other.get()
        if let error = collector.failure { throw error }
        return logits
    }
}

/// How the other thread ended.
// Safety: `result` is written before the semaphore is signalled and read after.
private final class Outcome: @unchecked Sendable {
    private var result: Result<Void, any Error> = .success(())
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ result: Result<Void, any Error>) {
        self.result = result
        isSet.signal()
    }

    func wait() -> Result<Void, any Error> {
        isSet.wait()
        return result
    }
}
