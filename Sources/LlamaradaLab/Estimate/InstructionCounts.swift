/// Instructions of one iteration by kind.
package struct InstructionCounts: Sendable, Equatable {
    package var float = 0
    package var integer = 0
    package var slow = 0
    package var scalar = 0
    package var loads = 0
    package var other = 0
    package var matrix = 0
    /// Cycles that the same instructions keep their units.
    package var floatCycles = 0
    package var integerCycles = 0
    package var slowCycles = 0
    package var matrixCycles = 0

    package init(_ body: some Sequence<MachineInstruction>) {
        for instruction in body where instruction.issue > 0 {
            switch instruction.kind {
            case .float: (float, floatCycles) = (float + 1, floatCycles + instruction.issue)
            case .integer: (integer, integerCycles) = (integer + 1, integerCycles + instruction.issue)
            case .slow: (slow, slowCycles) = (slow + 1, slowCycles + instruction.issue)
            case .matrix: (matrix, matrixCycles) = (matrix + 1, matrixCycles + instruction.issue)
            case .scalar: scalar += 1
            case .load: loads += 1
            case .store, .shared, .branch: other += 1
            }
        }
    }

    package var total: Int { float + integer + slow + scalar + loads + other + matrix }

    /// Cycles that an iteration of one subgroup keeps a part of the GPU that issues instructions.
    package func issueCycles(on card: Card) -> Int {
        switch card.maker {
        // A SIMD unit takes a vector instruction a cycle, products of matrices among them, and a scalar one of another
        // subgroup beside it.
        case .amd: max(floatCycles + integerCycles + slowCycles + matrixCycles, scalar + loads + other)
        // Two pipes, one for floats and one for integers, and one for matrices.
        case .intel: max(floatCycles + slowCycles, integerCycles, matrixCycles) + loads + other
        // One instruction a cycle; 16 lanes for integers, 16 or 32 for floats, 4 for conversions.
        case .nvidia: max(total, 2 * integer, 32 / card.lanes * float, 8 * slow, matrixCycles)
        }
    }
}
