import Llamarada

/// What one benchmark does: runs a prompt, then generates, after so many tokens that are cached already.
package struct BenchmarkTest: Sendable, Equatable {
    /// Tokens of the prompt.
    package var prompt: Int
    /// Tokens generated after it.
    package var generated: Int
    /// Tokens in the cache before; filling it is not timed.
    package var depth: Int

    package init(prompt: Int, generated: Int, depth: Int = 0) {
        self.prompt = prompt
        self.generated = generated
        self.depth = depth
    }

    /// Tokens that are timed.
    package var tokenCount: Int { prompt + generated }

    /// Tokens that the cache must hold.
    package var contextLength: Int { depth + tokenCount }

    /// llama-bench's name: `pp512`, `tg128`, `pp512+tg128`, `tg128 @ d512`.
    package var name: String {
        let parts = [prompt > 0 ? "pp\(prompt)" : nil, generated > 0 ? "tg\(generated)" : nil]
        return parts.compactMap { $0 }.joined(separator: "+") + (depth > 0 ? " @ d\(depth)" : "")
    }

    /// llama-bench's tests in its order: for each depth the prompts, then the generations, then the pairs of both.
    ///
    /// Tests without a token are left out.
    package static func all(
        prompts: [Int], generations: [Int], pairs: [(prompt: Int, generated: Int)] = [], depths: [Int]
    ) -> [BenchmarkTest] {
        depths.flatMap { depth in
            prompts.map { BenchmarkTest(prompt: $0, generated: 0, depth: depth) }
                + generations.map { BenchmarkTest(prompt: 0, generated: $0, depth: depth) }
                + pairs.map { BenchmarkTest(prompt: $0.prompt, generated: $0.generated, depth: depth) }
        }.filter { $0.tokenCount > 0 }
    }
}
