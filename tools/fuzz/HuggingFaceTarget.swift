import LlamaradaErrors
import LlamaradaTensors

/// libFuzzer's entry: reads `data` as one file of a folder, the first byte saying which, and opens the folder.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let choice = input.first else { return 0 }
    var files = folder
    let names = files.keys.sorted()
    let name = names[Int(choice) % names.count]
    files[name] = Array(input.dropFirst())
    // It is read only where the other is not there.
    if name == "tokenizer.model" { files["tokenizer.json"] = nil }
    let sources = Dictionary(
        uniqueKeysWithValues: files.map { ($0, MemorySource(bytes: $1, name: "folder/\($0)") as any ByteSource) })
    do throws(CheckpointError) {
        let file = try GGUFFile(
            source: HuggingFaceFolder(CheckpointFolder(path: "folder", files: sources)).converted())
        for tensor in file.tensors {
            guard try file.floats(of: tensor).count == tensor.elementCount else { fatalError("the size of \(tensor)") }
        }
    } catch {
        if error.description.contains("\n") { fatalError("an error of several lines: \(error)") }
        if error.code == .io { fatalError("reads outside a file: \(error)") }
        if !error.file.hasPrefix("folder") { fatalError("an error of no file there is: \(error)") }
    }
    return 0
}

/// A Llama of one layer in two files.
private let folder: [String: [UInt8]] = [
    "config.json": Array(
        #"{"model_type":"llama","hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,"num_attention_heads":1,"#
            .utf8)
        + Array(#""max_position_embeddings":64,"vocab_size":4,"tie_word_embeddings":true,"rope_scaling":{"type":"#.utf8)
        + Array(
            #""llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64}}"#
                .utf8),
    "model.safetensors.index.json": Array(
        #"{"weight_map":{"model.embed_tokens.weight":"a.safetensors","model.layers.0.self_attn.q_proj.weight":"b.safetensors"}}"#
            .utf8),
    "tokenizer.json": Array(
        #"{"added_tokens":[{"id":0,"content":"<s>","special":true}],"pre_tokenizer":{"type":"ByteLevel"},"post_processor":"#
            .utf8)
        + Array(
            #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}]},"model":{"type":"BPE","vocab":"#
                .utf8)
        + Array(#"{"<s>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}"#.utf8),
    "tokenizer.model": [],
    "tokenizer_config.json": Array(
        #"{"bos_token":"<s>","eos_token":{"content":"<s>"},"chat_template":"{{ x }}"}"#.utf8),
    "a.safetensors": shard("model.embed_tokens.weight", "F32", 64),
    "b.safetensors": shard("model.layers.0.self_attn.q_proj.weight", "F16", 32),
]

private func shard(_ name: String, _ type: String, _ byteCount: Int) -> [UInt8] {
    let header = Array(#"{"\#(name)":{"dtype":"\#(type)","shape":[4,4],"data_offsets":[0,\#(byteCount)]}}"#.utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        + [UInt8](repeating: 1, count: byteCount)
}
