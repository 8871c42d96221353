/// What an error weighs in each column of the rows that values belong to: see `ImportanceMatrix`.
struct ColumnImportance {
    /// For every column; rows are whole blocks.
    let columns: UnsafeBufferPointer<Float>
    /// The column of the first value.
    let first: Int
}
