import LlamaradaErrors

/// The safetensors files of a folder: one, or those that an index names.
struct HuggingFaceShards: Sendable {
    /// Every tensor once, with the file that holds it, file after file.
    let tensors: [(file: SafetensorsFile, tensor: TensorDescription)]
    private static let mostShards = 4096
    private static let largestIndex = 64 << 20

    init(_ folder: CheckpointFolder) throws(CheckpointError) {
        let single = "model.safetensors"
        let index = "\(single).index.json"
        guard !folder.has(single), folder.has(index) else {
            var byteCount = 0
            let file = try Self.file(single, folder, &byteCount)
            tensors = file.tensors.map { (file, $0) }
            return
        }
        let places = try Self.places(folder.json(index, largest: Self.largestIndex))
        var tensors: [(file: SafetensorsFile, tensor: TensorDescription)] = []
        var missing = places
        var byteCount = 0
        for shard in Set(places.values).sorted() {
            let file = try Self.file(shard, folder, &byteCount)
            for tensor in file.tensors {
                guard let place = missing.removeValue(forKey: tensor.name), place == shard else {
                    throw Self.foreign(tensor, file, places[tensor.name])
                }
                tensors.append((file, tensor))
            }
        }
        if let (name, shard) = missing.min(by: { $0.key < $1.key }) {
            throw CheckpointError(
                .invalid, file: folder.path(of: index),
                problem: "tensor \(name.quoted()): expected it in \(shard.quoted()), found none of this name",
                remedy: .fetchAgain)
        }
        self.tensors = tensors
    }

    /// Opens a file and adds its size to that of those before: together they are no larger than a GGUF file may be.
    private static func file(
        _ name: String, _ folder: CheckpointFolder, _ byteCount: inout Int
    ) throws(CheckpointError) -> SafetensorsFile {
        let source = try folder.open(name)
        let (sum, overflow) = byteCount.addingReportingOverflow(source.byteCount)
        guard !overflow, sum <= GGUFParser.largestFile else {
            throw CheckpointError(
                .invalid, file: source.name,
                problem: "expected at most \(GGUFParser.largestFile) bytes in all files of weights, found more",
                remedy: .fetchAgain)
        }
        byteCount = sum
        return try SafetensorsFile(source: source)
    }

    /// Which file each tensor is said to lie in: names within the folder, no paths.
    private static func places(_ fields: FieldReader) throws(CheckpointError) -> [String: String] {
        guard let members = fields["weight_map"]?.members, !members.isEmpty else {
            throw fields.invalid("weight_map", "an object of tensors and their files")
        }
        var places: [String: String] = [:]
        for member in members {
            guard let shard = member.value.text, isPlain(shard) else {
                throw CheckpointError(
                    .invalid, file: fields.file,
                    problem: "tensor \(member.name.quoted()): expected the name of a file in this folder that ends in "
                        + "'.safetensors', found \(String(member.value.encoded.prefix(80)))",
                    remedy: .fetchAgain)
            }
            guard places.updateValue(shard, forKey: member.name) == nil else {
                throw fields.invalid("weight_map", "every tensor once")
            }
        }
        guard Set(places.values).count <= mostShards else {
            throw fields.invalid("weight_map", "at most \(mostShards) files")
        }
        return places
    }

    /// Whether a name from a file stays within the folder.
    private static func isPlain(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && name.utf8.count <= 255 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 0x20 }
    }

    private static func foreign(
        _ tensor: TensorDescription, _ file: SafetensorsFile, _ place: String?
    ) -> CheckpointError {
        let expected = place.map { "it in \($0.quoted()), as the index says" } ?? "tensors that the index names"
        return CheckpointError(
            .invalid, file: file.path, problem: "tensor \(tensor.name.quoted()): expected \(expected)",
            remedy: .fetchAgain)
    }
}
