import Llamarada

/// What one benchmark does: runs a prompt, then generates, after so many tokens that are cached already.
package struct BenchmarkTest: Sendable, Equatable {
    /// Tokens of the prompt.
    package var prompt: Int
    /// Tokens generated after it.
    package var generated: Int
    /// Tokens in the cache before; filling it is not timed.
    package var depth: Int
    /// Sequences that do so at once, each with a prompt and an answer of its own.
    package var sequences: Int

    package init(prompt: Int, generated: Int, depth: Int = 0, sequences: Int = 1) {
        self.prompt = prompt
        self.generated = generated
        self.depth = depth
        self.sequences = sequences
    }

    /// Tokens that are timed, of all sequences.
    package var tokenCount: Int { sequences * (prompt + generated) }

    /// Tokens that the cache must hold of each sequence.
    package var contextLength: Int { depth + prompt + generated }

    /// llama-bench's name: `pp512`, `tg128`, `pp512+tg128`, `tg128 @ d512`; of several sequences at once `tg128 × 8`.
    package var name: String {
        let parts = [prompt > 0 ? "pp\(prompt)" : nil, generated > 0 ? "tg\(generated)" : nil]
        return parts.compactMap { $0 }.joined(separator: "+") + (depth > 0 ? " @ d\(depth)" : "")
            + (sequences > 1 ? " × \(sequences)" : "")
    }

    /// llama-bench's tests in its order: for each depth the prompts, then the generations, then the pairs of both, each
    /// with so many sequences.
    ///
    /// Tests without a token are left out.
    package static func all(
        prompts: [Int], generations: [Int], pairs: [(prompt: Int, generated: Int)] = [], depths: [Int],
        sequences: [Int] = [1]
    ) -> [BenchmarkTest] {
        let alone = depths.flatMap { depth in
            prompts.map { BenchmarkTest(prompt: $0, generated: 0, depth: depth) }
                + generations.map { BenchmarkTest(prompt: 0, generated: $0, depth: depth) }
                + pairs.map { BenchmarkTest(prompt: $0.prompt, generated: $0.generated, depth: depth) }
        }.filter { $0.tokenCount > 0 }
        return alone.flatMap { test in
            sequences.map {
                BenchmarkTest(prompt: test.prompt, generated: test.generated, depth: test.depth, sequences: $0)
            }
        }
    }
}
