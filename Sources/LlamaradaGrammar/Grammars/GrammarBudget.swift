import LlamaradaErrors

/// What is left of the limits while a schema, or several for one grammar, become expressions.
struct GrammarBudget: Sendable {
    /// States of all automata that are made on the way.
    var states: Int
    /// Steps of all kinds, of some tens of nanoseconds.
    var work: Int
    /// Values in the schemas' documents, and about their bytes.
    private var values: Int
    private var bytes: Int

    init(_ limits: GrammarLimits) {
        // A text's pattern, its length and what follows both are three automata.
        states = 2 * limits.states
        work = limits.work
        values = limits.values
        bytes = limits.sourceBytes
    }

    /// What one grammar's own automaton may take.
    init(ofAutomaton limits: GrammarLimits) {
        self.init(limits)
        states = limits.states
    }

    /// Takes off steps.
    mutating func spend(_ steps: Int) throws(GrammarError) {
        work -= steps
        guard work > 0 else {
            throw GrammarError(
                .tooLarge, "the schema takes too long to prepare",
                remedy: .other("Combine fewer subschemas, alternatives, names and patterns"))
        }
    }

    /// Takes off states of an automaton.
    mutating func spend(states count: Int, most: Int) throws(GrammarError) {
        states -= count
        guard states > 0 else {
            throw GrammarError(.tooLarge, "automata of patterns, names and numbers take more than \(most) states")
        }
    }

    /// Takes off a document.
    mutating func spend(values count: Int, bytes length: Int, _ limits: GrammarLimits) throws(GrammarError) {
        values -= count
        bytes -= length
        guard values >= 0 else {
            throw GrammarError(.tooLarge, "the schema has more than \(limits.values) values")
        }
        guard bytes >= 0 else {
            throw GrammarError(.tooLarge, "the schema has more than \(limits.sourceBytes) bytes")
        }
    }
}
