import LlamaradaErrors

/// A file of `torch.save` that holds a dictionary of tensors.
///
/// It is a zip archive of a pickle, which says what there is, and of the elements, which tensors may share. Specification:
/// https://pytorch.org/docs/stable/notes/serialization.html.
struct TorchFile: Sendable {
    /// One tensor: its rows may lie apart, the elements of a row too.
    struct Tensor: Sendable {
        let name: String
        /// Outermost first; one or two dimensions, none of them 0.
        let shape: [Int]
        /// Elements from one index to the next, for each dimension.
        let strides: [Int]
        let elementType: ElementType
        /// Where the first element lies in the file.
        let byteOffset: Int
    }

    /// In the order of the dictionary, every name once.
    let tensors: [Tensor]
    private let indices: [String: Int]
    /// The file's bytes.
    let source: any ByteSource

    /// A tensor takes some 200; each byte may make a value of a hundred bytes.
    private static let largestPickle = 4 << 20
    private static let longestName = 256

    /// Reads and checks what the file says; no tensor reaches beyond its elements.
    ///
    /// - Throws: `CheckpointError`, of code `unsupported` where the pickle asks for anything but tensors.
    init(source: any ByteSource) throws(CheckpointError) {
        self.source = source
        let archive = try ZipArchive(source)
        let suffix = "/data.pkl"
        let names = archive.entries.keys.filter { $0.hasSuffix(suffix) }
        guard names.count == 1, let name = names.first, let pickle = archive.entries[name] else {
            throw Self.invalid(source, "expected one 'data.pkl', as torch.save writes, found \(names.count)")
        }
        guard pickle.byteCount <= Self.largestPickle else {
            throw Self.invalid(source, "'data.pkl': expected at most \(Self.largestPickle) bytes")
        }
        let folder = String(name.dropLast(suffix.count))
        try Self.checkByteOrder(archive.entries["\(folder)/byteorder"], source)
        var reader = PickleReader(try source.bytes(at: pickle.byteOffset, count: pickle.byteCount))
        var tensors: [Tensor] = []
        var seen: Set<String> = []
        for (key, value) in try Self.dictionary(&reader, source) {
            guard case .text(let name) = key, case .tensor(let tensor) = value,
                1...Self.longestName ~= name.utf8.count, seen.insert(name).inserted
            else {
                throw Self.invalid(source, "'data.pkl': expected a dictionary of names, each once, and tensors")
            }
            tensors.append(
                try Self.placed(tensor, name, archive.entries["\(folder)/data/\(tensor.storage.key)"], source))
        }
        self.tensors = tensors
        // Every name was seen once.
        indices = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
    }

    /// The tensor of that name, or nil.
    func tensor(named name: String) -> Tensor? { indices[name].map { tensors[$0] } }

    private static func dictionary(
        _ reader: inout PickleReader, _ source: any ByteSource
    ) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        let value: PickleValue
        do throws(PickleReader.Failure) { value = try reader.value() } catch {
            throw CheckpointError(
                .unsupported, file: source.name,
                problem: "'data.pkl', byte \(error.position): \(error.problem)", remedy: .fetchAgain)
        }
        guard case .dictionary(let index) = value else {
            throw invalid(source, "'data.pkl': expected a dictionary of tensors")
        }
        return reader.dictionaries[index]
    }

    /// A tensor's place, after it was checked that all of it lies within its storage.
    private static func placed(
        _ tensor: TorchTensor, _ name: String, _ entry: ZipArchive.Entry?, _ source: any ByteSource
    ) throws(CheckpointError) -> Tensor {
        func invalid(_ problem: String) -> CheckpointError {
            Self.invalid(source, "tensor \(name.quoted()): \(problem)")
        }
        let size = tensor.storage.elementType == .f32 ? 4 : 2
        guard let entry, tensor.storage.elementCount <= entry.byteCount / size else {
            let entry = "data/\(tensor.storage.key)".quoted()
            throw invalid("expected \(tensor.storage.elementCount) elements in \(entry)")
        }
        let limit = tensor.storage.elementCount
        guard 1...2 ~= tensor.shape.count, tensor.shape.allSatisfy({ $0 > 0 }), tensor.offset >= 0,
            tensor.strides.allSatisfy({ $0 >= 0 })
        else { throw invalid("expected one or two dimensions, none of them 0, found \(tensor.shape)") }
        // Below the limit nothing overflows: it is a number of bytes that are there. Strides of 0 would let a few of them be
        // a matrix of any size.
        guard tensor.offset < limit, zip(tensor.shape, tensor.strides).allSatisfy({ $0 == 1 || $1 <= limit }),
            tensor.shape.reduce(limit, { $0 / $1 }) > 0
        else { throw invalid("expected elements of its storage, which has \(limit)") }
        var last = tensor.offset
        // Of one index the stride is of no account.
        let strides = zip(tensor.shape, tensor.strides).map { $0 == 1 ? 0 : $1 }
        for (count, stride) in zip(tensor.shape, strides) {
            let (reach, overflow) = (count - 1).multipliedReportingOverflow(by: stride)
            guard !overflow, reach < limit - last else {
                throw invalid("expected elements of its storage, which has \(limit)")
            }
            last += reach
        }
        return Tensor(
            name: name, shape: tensor.shape, strides: strides, elementType: tensor.storage.elementType,
            byteOffset: entry.byteOffset + size * tensor.offset)
    }

    /// Files of newer versions say it; older ones were written on machines like this.
    private static func checkByteOrder(_ entry: ZipArchive.Entry?, _ source: any ByteSource) throws(CheckpointError) {
        guard let entry else { return }
        let order = try source.bytes(at: entry.byteOffset, count: min(entry.byteCount, 16))
        guard order == Array("little".utf8) else {
            throw CheckpointError(
                .unsupported, file: source.name, problem: "'byteorder': expected 'little'", remedy: .fetchAgain)
        }
    }

    private static func invalid(_ source: any ByteSource, _ problem: String) -> CheckpointError {
        CheckpointError(.invalid, file: source.name, problem: problem, remedy: .fetchAgain)
    }
}
