package import Llamarada

extension PrecisionClass {
    /// The bound for products, and for exact attention, against f64 on the operands as the class rounds them.
    ///
    /// Measured for 576 to 11,008 columns: f32 sums have an NMSE of 3e-14 to 4e-13, f16 sums 1e-6 to 2.5e-5.
    package var product: ErrorBound {
        switch self {
        case .exact: ErrorBound(nmse: 1e-11, element: 2e-6)
        case .half: ErrorBound(nmse: 1e-9, element: 2e-5)
        case .int8: ErrorBound(nmse: 1e-9, element: 2e-5)
        }
    }

    /// The bound for attention against f64 on queries, keys and values as the class rounds them. Its weights are rounded by
    /// 2⁻¹¹ of themselves at most, but for those below 2⁻²⁹ of the largest, and so is their total.
    package var attention: ErrorBound { self == .half ? ErrorBound(nmse: 1e-7, element: 1e-3) : Self.exact.product }

    /// The bound for products against f64 on the operands as they were. Of normally distributed ones f16 operands have an
    /// NMSE of 7e-8, 8-bit activations 3e-5. The element's is what rounding both operands may do at worst: each by 2⁻¹¹ of
    /// itself, or by 1/254 of the largest in 32.
    package var unroundedProduct: ErrorBound {
        switch self {
        case .exact: product
        case .half: ErrorBound(nmse: 1e-6, element: 1e-3)
        case .int8: ErrorBound(nmse: 1e-4, element: 0.13)
        }
    }
}

/// How far results may be from f64 on the same inputs. Both limits must hold: the mean alone lets one wrong element in
/// thousands pass, the element alone an accumulator of too few bits.
package struct ErrorBound: Sendable, Equatable {
    /// Σ error² ÷ Σ expected².
    package var nmse: Double
    /// The largest |error| ÷ magnitude, where magnitude is the sum of the absolute terms: Σ|wᵢxᵢ| for a product.
    package var element: Double

    package init(nmse: Double, element: Double) {
        self.nmse = nmse
        self.element = element
    }

    /// Values that are moved, chosen or rounded once in a defined way: the same numbers.
    package static let identical = ErrorBound(nmse: 0, element: 0)
    /// Everything that is neither a product nor attention. 1e-5 leaves room for a driver that uses all of exp's
    /// 3 + 2|x| ULP and of 2 ULP for the inverse root.
    package static let pointwise = ErrorBound(nmse: 1e-7, element: 1e-5)
    /// Tokens that are drawn: the share of those that are others. All steps are rounded in one defined way, unless a
    /// device rounds towards zero, which Vulkan allows.
    package static let draws = ErrorBound(nmse: 1e-4, element: 1e-4)
}
