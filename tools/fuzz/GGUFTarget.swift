import LlamaradaTensors
import LlamaradaText

/// libFuzzer's entry: reads `data` as a GGUF file, once as it is and once with zeros for the tensors that seeds lack.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    for zeros in [0, GGUFMutator.zeros] {
        do throws(CheckpointError) {
            try GGUFCheck.check(MemorySource(bytes: bytes, byteCount: bytes.count + zeros))
        } catch {
            expect(!error.description.contains("\n"), "an error of several lines: \(error)")
            expect(error.code != .io, "reads outside the file: \(error)")
        }
    }
    return 0
}

/// libFuzzer's entry: mostly by structure, sometimes its own bytewise mutations, which need no structure.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var random = SplitMix(state: UInt64(seed))
    // Broken files are the most of any corpus, and nothing behind the first fault is reached from them.
    let whole = Bool.random(using: &random) ? GGUFCheck.whole.randomElement(using: &random) : nil
    let base = whole ?? Array(UnsafeBufferPointer(start: data, count: count))
    var mutator = GGUFMutator(base, random: random)
    if mutator.layout.pairs.isEmpty || Int.random(in: 0..<8, using: &random) == 0 {
        return LLVMFuzzerMutate(data, count, limit)
    }
    mutator.mutate()
    let kept = mutator.bytes.prefix(limit)
    data.update(from: Array(kept), count: kept.count)
    return kept.count
}

/// Stops the run, which libFuzzer counts as a finding, unless `condition` holds.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

/// What holds for every file that opens.
enum GGUFCheck {
    /// The last files whose every part could be read.
    ///
    /// Safety: libFuzzer calls from one thread.
    nonisolated(unsafe) private(set) static var whole: [[UInt8]] = []

    static func check(_ source: MemorySource) throws(CheckpointError) {
        let file = try GGUFFile(source: source)
        for tensor in file.tensors { try check(tensor, of: file) }
        for key in file.metadata.keys {
            expect(file.metadata[key].map { !$0.summary.isEmpty } == true, "key \(key) has no value")
        }
        checkRewriting(file)
        let configuration = try? ModelConfiguration(gguf: file)
        guard let tokenizer = try? Tokenizer(gguf: file) else { return }
        if configuration != nil { whole = whole.suffix(63) + [source.bytes] }
        for parseSpecial in [false, true] {
            let ids = tokenizer.encode("<s> It's 1234 \u{2581}é\n", addSpecial: true, parseSpecial: parseSpecial)
            expect(ids.allSatisfy { tokenizer.vocabulary.contains($0) }, "an id outside the vocabulary")
            _ = tokenizer.decode(ids, showSpecial: parseSpecial)
        }
    }

    private static func check(_ tensor: TensorDescription, of file: GGUFFile) throws(CheckpointError) {
        let isInside =
            tensor.byteOffset >= file.dataOffset && tensor.byteCount > 0
            && tensor.byteCount <= file.byteCount - tensor.byteOffset
        expect(isInside, "a tensor outside the file: \(tensor)")
        let size = tensor.elementType.byteCount(elementCount: tensor.elementCount)
        expect(size == tensor.byteCount, "the size of \(tensor)")
        expect((tensor.byteOffset - file.dataOffset).isMultiple(of: file.alignment), "the alignment of \(tensor)")
        expect(file.tensor(named: tensor.name) == tensor, "the name of \(tensor)")
        for row in Set([0, tensor.rowCount - 1]) { _ = try file.floats(of: tensor, rows: row..<row + 1) }
    }

    /// What the writer makes of the file's content reads back as the same content.
    private static func checkRewriting(_ file: GGUFFile) {
        guard let once = try? rewritten(file), let again = try? GGUFFile(source: MemorySource(bytes: once)) else {
            fatalError("what the writer makes can't be read")
        }
        expect(again.tensors.map(\.shape) == small(file).map(\.shape), "the writer changes tensors")
        // Bytes are compared because a NaN in the metadata equals nothing.
        expect((try? rewritten(again)) == once, "the writer changes metadata")
    }

    /// Tensors that are written quickly.
    private static func small(_ file: GGUFFile) -> ArraySlice<TensorDescription> {
        file.tensors.filter { $0.byteCount <= 4096 }.prefix(16)
    }

    private static func rewritten(_ file: GGUFFile) throws -> [UInt8] {
        var writer = GGUFWriter(alignment: file.alignment)
        for key in file.metadata.keys where key != "general.alignment" {
            if let value = file.metadata[key] { writer.add(key, value) }
        }
        for tensor in small(file) {
            writer.addTensor(tensor.name, shape: tensor.shape, elementType: tensor.elementType)
        }
        var bytes: [UInt8] = []
        try writer.write(into: { bytes += $0 }, file: "rewritten") { tensor, sink in
            try [UInt8](repeating: 0, count: tensor.byteCount).withUnsafeBytes(sink)
        }
        return bytes
    }
}
