/// The operations of a Llama model as plain formulas on the CPU: what the Vulkan kernels are tested against.
///
/// One extension an operation, in `<Operation>+Reference.swift`. Activations are f32 in and out; sums run in f64.
/// Shapes that do not fit each other are mistakes in the engine and trap with the operation's name.
package enum Reference {}

/// Traps when `condition` does not hold: an invariant of the engine is broken, never the user's input.
@inline(__always)
package func require(_ condition: Bool, _ operation: StaticString, _ message: @autoclosure () -> String) {
    precondition(condition, "\(operation): \(message())")
}
