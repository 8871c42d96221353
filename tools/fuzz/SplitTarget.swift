import LlamaradaErrors
import LlamaradaTensors

/// libFuzzer's entry: reads `data` as one part of a model in three, the first byte saying which, and opens the model by
/// each of its parts.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let choice = input.first else { return 0 }
    for named in 0..<SplitCheck.count {
        do throws(CheckpointError) {
            try SplitCheck.check(input, part: Int(choice) % SplitCheck.count, named: named)
        } catch {
            expect(!error.description.contains("\n"), "an error of several lines: \(error)")
            expect(error.code != .io, "reads outside the file: \(error)")
            let isPart = (0..<SplitCheck.count).contains { SplitCheck.path($0) == error.file }
            expect(isPart || error.code == .missing, "an error of no file there is: \(error)")
        }
    }
    return 0
}

/// libFuzzer's entry: mostly by structure, sometimes its own bytewise mutations, which need no structure.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var random = SplitMix(state: UInt64(seed))
    // Broken files are the most of any corpus, and nothing behind the first fault is reached from them.
    let whole = Bool.random(using: &random) ? SplitCheck.whole.randomElement(using: &random) : nil
    let base = whole ?? Array(UnsafeBufferPointer(start: data, count: count))
    var mutator = GGUFMutator(Array(base.dropFirst()), random: random)
    if mutator.layout.pairs.isEmpty || Int.random(in: 0..<8, using: &random) == 0 {
        return LLVMFuzzerMutate(data, count, limit)
    }
    mutator.mutate()
    let kept = (base.prefix(1) + mutator.bytes).prefix(limit)
    data.update(from: Array(kept), count: kept.count)
    return kept.count
}

/// Stops the run, which libFuzzer counts as a finding, unless `condition` holds.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

/// What holds for every model in several files that opens.
enum SplitCheck {
    static let count = 3
    private static let parts = (0..<count).map(part)
    /// The last inputs of models that could be read whole; at first the parts as they should be.
    ///
    /// Safety: libFuzzer calls from one thread.
    nonisolated(unsafe) private(set) static var whole = parts.enumerated().map { [UInt8($0)] + $1 }

    static func path(_ index: Int) -> String { "fuzz-0000\(index + 1)-of-0000\(count).gguf" }

    private static func part(_ index: Int) -> [UInt8] {
        var writer = GGUFWriter()
        if index == 0 { writer.add("general.architecture", .text("llama")) }
        writer.add("split.no", .uint16(UInt16(index)))
        writer.add("split.count", .uint16(UInt16(count)))
        writer.add("split.tensors.count", .int32(Int32(2 * count)))
        for tensor in 0..<2 {
            writer.addTensor("tensor.\(index).\(tensor)", shape: [2, 32], elementType: tensor == 0 ? .q8_0 : .f32)
        }
        var bytes: [UInt8] = []
        do {
            try writer.write(into: { bytes += $0 }, file: path(index)) { tensor, sink in
                try [UInt8](repeating: 1, count: tensor.byteCount).withUnsafeBytes(sink)
            }
        } catch { fatalError("\(error)") }
        return bytes
    }

    /// Opens the model whose part `part` is `input` without its first byte.
    static func check(_ input: [UInt8], part: Int, named: Int) throws(CheckpointError) {
        func source(_ path: String) throws(CheckpointError) -> any ByteSource {
            guard let index = (0..<count).first(where: { self.path($0) == path }) else {
                throw CheckpointError(.missing, file: path, problem: "is not there", remedy: .noneKnown)
            }
            return MemorySource(bytes: index == part ? Array(input.dropFirst()) : parts[index], name: path)
        }
        let file = try GGUFFile(source: source(path(named)), opening: source)
        expect(file.parts.count == 1 || file.parts.count == count, "\(file.parts.count) parts")
        expect(file.parts.reduce(0) { $0 + $1.tensorCount } == file.tensors.count, "the count of tensors")
        for tensor in file.tensors {
            let holder = file.parts[tensor.part]
            expect(
                tensor.byteOffset >= holder.dataOffset && tensor.byteCount <= holder.byteCount - tensor.byteOffset,
                "a tensor outside its part: \(tensor)")
            expect(file.tensor(named: tensor.name) == tensor, "the name of \(tensor)")
            _ = try file.floats(of: tensor)
        }
        if file.parts.count == count { whole = whole.suffix(63) + [input] }
    }
}
