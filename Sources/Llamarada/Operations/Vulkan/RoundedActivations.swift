package import LlamaradaDevice
package import LlamaradaTensors

/// Activations as a class other than the exact one multiplies them.
package enum RoundedActivations {
    /// What `halfRows` makes: f16, for the half class.
    case halves(View<UInt32>)
    /// What `int8Rows` makes: bytes, for the int8 class.
    case bytes(View<UInt32>)

    /// Nil for the exact class, which rounds nothing.
    package init?(_ precision: PrecisionClass, in words: View<UInt32>) {
        switch precision {
        case .exact: return nil
        case .half: self = .halves(words)
        case .int8: self = .bytes(words)
        }
    }

    /// Words of a buffer of rows; none for the exact class.
    package static func roomCount(_ precision: PrecisionClass, rows: Int, columns: Int) -> Int? {
        switch precision {
        case .exact: nil
        case .half: HalfPanels.roomCount(rows: rows, columns: columns)
        case .int8: rows * Int8Row.wordCount(columns: columns)
        }
    }

    package var precision: PrecisionClass {
        switch self {
        case .halves: .half
        case .bytes: .int8
        }
    }
}

extension ElementType {
    /// Whether products with weights of this type are of a class when it is asked for: else they are exact. Not where f16
    /// would lose what the type has, nor where a type has no quants that integers could multiply.
    package func serves(_ precision: PrecisionClass) -> Bool {
        switch precision {
        case .exact: true
        case .half: self != .f32 && self != .bf16
        case .int8: ![.f32, .f16, .bf16].contains(self)
        }
    }
}

extension Pass {
    /// Rounds rows of x, (any, columns).
    package mutating func round(_ x: View<Float>, columns: Int, rows: Range<Int>, into rounded: RoundedActivations) {
        switch rounded {
        case .halves(let halves): halfRows(x, columns: columns, rows: rows, into: halves)
        case .bytes(let bytes): int8Rows(x, columns: columns, rows: rows, into: bytes)
        }
    }
}
