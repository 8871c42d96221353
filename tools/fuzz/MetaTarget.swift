import LlamaradaErrors
import LlamaradaTensors

/// libFuzzer's entry: puts `data` behind its first byte, which says where, into a folder of Meta's, and opens the folder.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let choice = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    var files = folder
    switch choice % 5 {
    case 0: files[shard] = replaced(files[shard] ?? [], at: pickleOffset, by: bytes)
    case 1: files[shard] = replaced(files[shard] ?? [], at: max(0, (files[shard]?.count ?? 0) - bytes.count), by: bytes)
    case 2: files[shard] = bytes
    case 3: files["params.json"] = bytes
    default: files["checklist.chk"] = bytes
    }
    let sources = Dictionary(
        uniqueKeysWithValues: files.map { ($0, MemorySource(bytes: $1, name: "folder/\($0)") as any ByteSource) })
    do throws(CheckpointError) {
        let model = try MetaFolder(CheckpointFolder(path: "folder", files: sources))
        let file = try GGUFFile(source: model.converted())
        for tensor in file.tensors {
            guard try file.floats(of: tensor).count == tensor.elementCount else { fatalError("the size of \(tensor)") }
        }
        try model.verify()
    } catch {
        if error.description.contains("\n") { fatalError("an error of several lines: \(error)") }
        if error.code == .io { fatalError("reads outside a file: \(error)") }
        if !error.file.hasPrefix("folder") { fatalError("an error of no file there is: \(error)") }
    }
    return 0
}

private func replaced(_ bytes: [UInt8], at place: Int, by part: [UInt8]) -> [UInt8] {
    var result = bytes
    let end = min(bytes.count, place + part.count)
    result.replaceSubrange(place..<end, with: part.prefix(end - place))
    return result
}

private let shard = "consolidated.00.pth"

/// The fixture of one shard, as PyTorch wrote it.
private let folder: [String: [UInt8]] = {
    let path = "Tests/Fixtures/meta/mha"
    let places = [
        "params.json": "\(path)/1/params.json", shard: "\(path)/1/\(shard)",
        "tokenizer.model": "\(path)/tokenizer.model",
    ]
    return places.mapValues { path in
        do throws(CheckpointError) {
            let file = try ModelFile(path: path)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: file.byteCount, alignment: 1)
            defer { bytes.deallocate() }
            try file.read(into: bytes, at: 0)
            return Array(bytes)
        } catch { fatalError("\(error)") }
    }
}()

/// Where the pickle lies: it is the archive's first entry, behind a header of 30 bytes, a name and one more field.
private let pickleOffset: Int = {
    let bytes = folder[shard] ?? []
    let lengths = bytes[26..<30].map(Int.init)
    return 30 + lengths[0] + lengths[1] * 256 + lengths[2] + lengths[3] * 256
}()
