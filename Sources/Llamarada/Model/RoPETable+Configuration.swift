extension RoPETable {
    /// The angles of the layers with one reach, for a cache of `contextLength` tokens.
    ///
    /// Scale and factors stretch a context beyond the one that a model was first trained for: windows need neither.
    package init(_ configuration: ModelConfiguration, _ reach: AttentionReach, contextLength: Int) {
        let window = reach == .windowed ? configuration.window : nil
        self.init(
            positionCount: contextLength, dimensionCount: configuration.ropeDimensionCount,
            base: window?.ropeBase ?? configuration.ropeBase, scale: window == nil ? configuration.ropeScale : 1,
            factors: window == nil ? configuration.ropeFactors : nil,
            yarn: window == nil ? configuration.ropeYaRN : nil)
    }
}
