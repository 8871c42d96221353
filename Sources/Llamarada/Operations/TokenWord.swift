/// A token as a step's table names it to the device: its id, or where the step before put it (Include/Token.glsl).
package enum TokenWord {
    private static let isChosen: UInt32 = 1 << 31

    /// The token that the device chose for a row of the step before.
    package static func chosen(at row: Int) -> UInt32 { isChosen | UInt32(row) }
}
