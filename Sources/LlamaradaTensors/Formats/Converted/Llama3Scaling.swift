import Glibc

/// Llama 3.1's scaling of rotary frequencies for contexts longer than the trained ones: long waves are stretched by a
/// factor, short ones are not, those between in part.
struct Llama3Scaling: Sendable {
    let factor: Double
    let lowFrequencyFactor: Double
    /// More than the other.
    let highFrequencyFactor: Double
    /// Positions of the trained context.
    let trainedContext: Double

    /// Divisors of the frequencies of a head, (headDim / 2), as GGUF's `rope_freqs.weight` has them.
    func divisors(base: Double, headDim: Int) -> [Float] {
        (0..<headDim / 2).map { pair in
            let wavelength = 2 * Double.pi * pow(base, Double(2 * pair) / Double(headDim))
            let smooth = (trainedContext / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
            let share = min(1, max(0, smooth))
            return Float(1 / ((1 - share) / factor + share))
        }
    }
}
