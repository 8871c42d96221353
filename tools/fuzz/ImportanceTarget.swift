import LlamaradaErrors
import LlamaradaTensors

/// libFuzzer's entry: opens `data` as an importance matrix of either format, and asks for the weights of all its columns.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    do throws(CheckpointError) {
        let matrix = try ImportanceMatrix(source: MemorySource(bytes: bytes))
        for name in matrix.entries.keys {
            guard let weights = matrix.weights(of: name) else { continue }
            if !weights.allSatisfy({ $0.isFinite && $0 > 0 }) { fatalError("weights \(weights) of \(name)") }
        }
    } catch {
        if error.description.contains("\n") { fatalError("an error of several lines: \(error)") }
        if error.code == .io { fatalError("reads outside the file: \(error)") }
    }
    return 0
}
