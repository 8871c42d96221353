extension RoPETable {
    /// The angles that `configuration` asks for, for a cache of `contextLength` tokens.
    package init(_ configuration: ModelConfiguration, contextLength: Int) {
        self.init(
            positionCount: contextLength, dimensionCount: configuration.ropeDimensionCount,
            base: configuration.ropeBase, scale: configuration.ropeScale, factors: configuration.ropeFactors)
    }
}
