/// How precisely products of prompts are computed. Decoding is always exact.
public enum PrecisionClass: String, Sendable, CaseIterable, Codable {
    /// f32 operands and sums: what statements about exact text rest on.
    case exact
    /// Weights and activations rounded to f16, f32 sums; weights of f32 and bf16 stay exact.
    case half
    /// Activations rounded to 8 bits, integer products, f32 sums; weights of f32, f16 and bf16 stay exact. Only where it is
    /// asked for: single answers may change.
    case int8
}
