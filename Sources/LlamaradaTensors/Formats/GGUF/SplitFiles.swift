import LlamaradaErrors

/// The files of a model that was split: `NAME-00001-of-00003.gguf` and so on, found from any of them.
///
/// llama.cpp's gguf-split and its converter write them. Each has `split.no` (from 0), `split.count` and
/// `split.tensors.count` (of all parts together); all other metadata is in the first, and what the others have of it is
/// not looked at. https://github.com/ggml-org/llama.cpp/tree/master/tools/gguf-split
struct SplitFiles {
    /// Opens another file by its path.
    typealias Opening = (_ path: String) throws(CheckpointError) -> any ByteSource

    /// What a part says of itself.
    private struct Place {
        var index: Int
        var count: Int
        var tensorCount: Int
    }

    /// The files in order; one where the model is not split.
    let parts: [GGUFPart]
    /// The tensors of all parts, those of the first part first.
    let tensors: [TensorDescription]
    /// Where each name is in `tensors`.
    let indices: [String: Int]

    /// Reads the header of `source`, and of the files beside it where it is one of several parts.
    ///
    /// Throws `CheckpointError` naming the part that is missing, or is another than its name says.
    init(_ source: any ByteSource, open: Opening) throws(CheckpointError) {
        let named = try GGUFPart(source)
        guard try Self.isSplit(named.header.metadata, source.name) else {
            (parts, tensors, indices) = ([named], named.header.tensors, named.header.indices)
            return
        }
        parts = try Self.parts(with: named, open)
        (tensors, indices) = try Self.joined(parts)
    }

    /// The most parts there can be: the key is a u16.
    private static let mostParts = Int(UInt16.max)

    /// Whether the file is one of several. What gguf-split merges says 0.
    private static func isSplit(_ metadata: GGUFMetadata, _ file: String) throws(CheckpointError) -> Bool {
        guard let count = try metadata.find(countKey, .integer) else { return false }
        guard 0...mostParts ~= count else {
            throw invalid(file, countKey, expected: "0 to \(mostParts)", found: "\(count)")
        }
        return count > 1
    }

    /// All parts in order, of which `named` is one.
    private static func parts(with named: GGUFPart, _ open: Opening) throws(CheckpointError) -> [GGUFPart] {
        let place = try Self.place(of: named)
        let stem = try Self.stem(of: named.path, place)
        var parts: [GGUFPart] = []
        for index in 0..<place.count {
            let path = stem + ending(index, of: place.count)
            let part = index == place.index ? named : try Self.part(path, index, of: place.count, open)
            try check(part, at: index, of: place, in: named.path)
            parts.append(part)
        }
        let found = parts.reduce(0) { $0 + $1.tensorCount }
        guard found == place.tensorCount else {
            throw invalid(
                parts[0].path, tensorCountKey, expected: "\(found), the tensors of all \(place.count) parts",
                found: "\(place.tensorCount)")
        }
        return parts
    }

    private static func part(
        _ path: String, _ index: Int, of count: Int, _ open: Opening
    ) throws(CheckpointError) -> GGUFPart {
        let source: any ByteSource
        do throws(CheckpointError) {
            source = try open(path)
        } catch {
            throw CheckpointError(
                error.code, file: path, problem: "part \(index + 1) of \(count) \(error.problem)",
                remedy: .other("Put all \(count) parts into one folder, under the names that they were made with"))
        }
        return try GGUFPart(source)
    }

    /// The tensors of all parts, each name once.
    private static func joined(
        _ parts: [GGUFPart]
    ) throws(CheckpointError) -> (tensors: [TensorDescription], indices: [String: Int]) {
        var tensors: [TensorDescription] = []
        var indices: [String: Int] = [:]
        for (index, part) in parts.enumerated() {
            for tensor in part.header.tensors {
                if let other = indices.updateValue(tensors.count, forKey: tensor.name) {
                    throw CheckpointError(
                        .invalid, file: part.path,
                        problem: "tensor \(tensor.name.quoted()): expected every name in one part, found it in "
                            + "\(parts[tensors[other].part].path.quoted(limit: 200)) too",
                        remedy: .fetchAgain)
                }
                tensors.append(tensor.inPart(index))
            }
        }
        return (tensors, indices)
    }
}

extension SplitFiles {
    private static let (indexKey, countKey, tensorCountKey) = ("split.no", "split.count", "split.tensors.count")

    /// What a part's metadata says of its place.
    private static func place(of part: GGUFPart) throws(CheckpointError) -> Place {
        let metadata = part.header.metadata
        let place = Place(
            index: try metadata.require(indexKey, .integer), count: try metadata.require(countKey, .integer),
            tensorCount: try metadata.require(tensorCountKey, .integer))
        guard 0..<place.count ~= place.index else {
            throw invalid(
                part.path, indexKey, expected: "0 to \(place.count - 1), below '\(countKey)'", found: "\(place.index)")
        }
        return place
    }

    /// Throws unless the part is what its name says, as `place` of the file `named` has it.
    private static func check(
        _ part: GGUFPart, at index: Int, of place: Place, in named: String
    ) throws(CheckpointError) {
        let metadata = part.header.metadata
        let asThere = "as in \(named.quoted(limit: 200))"
        let expected = [
            (indexKey, index, "\(index) by the file's name"), (countKey, place.count, "\(place.count) \(asThere)"),
            (tensorCountKey, place.tensorCount, "\(place.tensorCount) \(asThere)"),
        ]
        for (key, value, words) in expected {
            let found = try metadata.require(key, .integer)
            guard found == value else { throw invalid(part.path, key, expected: words, found: "\(found)") }
        }
    }

    /// How the name of a part ends.
    private static func ending(_ index: Int, of count: Int) -> String {
        "-\(fiveDigits(index + 1))-of-\(fiveDigits(count)).gguf"
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// What the names of all parts begin with.
    private static func stem(of path: String, _ place: Place) throws(CheckpointError) -> String {
        // Scalars, because the stem may end in what joins the hyphen to one character.
        let ending = Self.ending(place.index, of: place.count)
        let (scalars, tail) = (path.unicodeScalars, ending.unicodeScalars)
        guard scalars.suffix(tail.count).elementsEqual(tail) else {
            throw CheckpointError(
                .invalid, file: path,
                problem: "metadata '\(indexKey)' and '\(countKey)' say part \(place.index + 1) of \(place.count): "
                    + "expected a file name that ends in '\(ending)'",
                remedy: .other("Give all parts the names that they were made with"))
        }
        return String(String.UnicodeScalarView(scalars.dropLast(tail.count)))
    }

    private static func invalid(_ file: String, _ key: String, expected: String, found: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file, problem: "metadata '\(key)': expected \(expected), found \(found)",
            remedy: .fetchAgain)
    }
}
