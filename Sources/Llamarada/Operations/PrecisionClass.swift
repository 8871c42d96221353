/// How precisely products and attention of prompts are computed. Decoding is always exact.
public enum PrecisionClass: String, Sendable, CaseIterable, Codable {
    /// f32 operands and sums: what statements about exact text rest on.
    case exact
    /// Weights and activations rounded to f16, f32 sums; products with weights of f32 and bf16 stay exact. In attention
    /// queries, keys, values and weights are rounded to f16.
    case half
    /// Activations rounded to 8 bits, integer products, f32 sums; products with weights of f32, f16 and bf16 stay exact, and
    /// so does attention. Only where it is asked for: single answers may change.
    case int8
}
