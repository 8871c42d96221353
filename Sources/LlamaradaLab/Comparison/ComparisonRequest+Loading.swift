import Llamarada

extension ComparisonRequest {
    /// What both sides load a model with.
    func loadOptions(contextLength: Int) -> LoadOptions {
        LoadOptions(
            contextLength: contextLength, chunk: chunk, keyCacheType: keyCacheType, valueCacheType: valueCacheType,
            threads: threads, fusesKernels: fuses, precision: precision)
    }
}
