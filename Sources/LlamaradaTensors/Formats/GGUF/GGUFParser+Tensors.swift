import LlamaradaErrors

extension GGUFParser {
    /// A tensor as its entry describes it; the offset counts from the start of the data.
    struct TensorEntry {
        var name: String
        var shape: [Int]
        var elementType: ElementType
        var byteCount: Int
        var offset: UInt64
    }

    static let mostDimensions = 4

    mutating func parseTensors(count: Int) throws(CheckpointError) -> [TensorEntry] {
        var entries: [TensorEntry] = []
        for index in 0..<count {
            let name = try name(longest: Self.longestTensorName, "name of tensor \(index + 1) of \(count)")
            entries.append(try parseTensor(name: name, field: "tensor \(name.quoted())"))
        }
        return entries
    }

    private mutating func parseTensor(name: String, field: String) throws(CheckpointError) -> TensorEntry {
        let shape = try parseShape(field)
        let type = try checkedType(reader.number("\(field) type", as: UInt32.self), field)
        let byteCount = try checkedByteCount(shape, type, field)
        let offset = try reader.number("\(field) offset", as: UInt64.self)
        return TensorEntry(name: name, shape: shape, elementType: type, byteCount: byteCount, offset: offset)
    }

    /// Dimensions outermost first; the file has them innermost first.
    private mutating func parseShape(_ field: String) throws(CheckpointError) -> [Int] {
        let count = try reader.number("\(field) dimension count", as: UInt32.self)
        guard 1...Self.mostDimensions ~= Int(count) else {
            throw reader.invalid(
                "\(field) dimension count", expected: "1 to \(Self.mostDimensions)", found: "\(count)")
        }
        let shape = try reader.numbers(Int(count), "\(field) dimensions") as [UInt64]
        guard !shape.contains(0) else {
            throw reader.invalid("\(field) dimensions", expected: "none of them 0", found: Self.text(shape))
        }
        return try shape.reversed().map { dimension throws(CheckpointError) in
            guard let dimension = Int(exactly: dimension) else {
                throw reader.invalid("\(field) dimensions", expected: "at most \(Int.max)", found: Self.text(shape))
            }
            return dimension
        }
    }

    private func checkedType(_ id: UInt32, _ field: String) throws(CheckpointError) -> ElementType {
        if let type = ElementType(rawValue: id) { return type }
        let known = ElementType.allCases.map(\.name).joined(separator: ", ")
        guard let name = ElementType.name(ofID: id) else {
            throw reader.invalid("\(field) type", expected: "one of \(known)", found: "type id \(id)")
        }
        throw reader.unsupported(
            "\(field) type: expected one of \(known), found \(name) (type \(id))",
            remedy: .other("Fetch or convert the model in one of these types"))
    }

    private func checkedByteCount(
        _ shape: [Int], _ type: ElementType, _ field: String
    ) throws(CheckpointError) -> Int {
        if let columns = shape.last, !columns.isMultiple(of: type.blockElementCount) {
            throw reader.invalid(
                "\(field) row length", expected: "a multiple of \(type.blockElementCount), the block of \(type.name)",
                found: "\(columns)")
        }
        let elementCount = shape.reduce(Int?(1)) { product, dimension in
            guard let (result, overflow) = product?.multipliedReportingOverflow(by: dimension) else { return nil }
            return overflow ? nil : result
        }
        guard let byteCount = elementCount.flatMap({ type.byteCount(elementCount: $0) }) else {
            throw reader.invalid(
                "\(field) dimensions", expected: "a size in bytes that fits 63 bits",
                found: "(\(shape.map(String.init).joined(separator: ", "))) of \(type.name)")
        }
        return byteCount
    }

    /// The tensors at their places in the file: aligned, inside it, apart from one another.
    func placed(
        _ entries: [TensorEntry], dataOffset: Int, alignment: Int
    ) throws(CheckpointError) -> [TensorDescription] {
        let tensors = try entries.map { entry throws(CheckpointError) in
            try placed(entry, dataOffset: dataOffset, alignment: alignment)
        }
        let sorted = tensors.sorted { $0.byteOffset < $1.byteOffset }
        for (first, second) in zip(sorted, sorted.dropFirst()) {
            let end = first.byteOffset + first.byteCount
            guard second.byteOffset >= end else {
                throw reader.invalid(
                    "tensor \(second.name.quoted()) offset", located: false,
                    expected: "at least \(end - dataOffset), the end of tensor \(first.name.quoted())",
                    found: "\(second.byteOffset - dataOffset)")
            }
        }
        return tensors
    }

    private func placed(
        _ entry: TensorEntry, dataOffset: Int, alignment: Int
    ) throws(CheckpointError) -> TensorDescription {
        let field = "tensor \(entry.name.quoted())"
        guard entry.offset.isMultiple(of: UInt64(alignment)) else {
            throw reader.invalid(
                "\(field) offset", located: false, expected: "a multiple of \(alignment)", found: "\(entry.offset)")
        }
        // The file's size is an Int, so a place within it can't overflow once the offset and size are below it.
        let room = reader.source.byteCount - dataOffset
        guard room >= entry.byteCount, entry.offset <= UInt64(room - entry.byteCount) else {
            throw reader.invalid(
                "\(field) data", located: false,
                expected: "\(entry.byteCount) bytes at offset \(entry.offset) of the data",
                found: "data of \(max(0, room)) bytes")
        }
        return TensorDescription(
            name: entry.name, shape: entry.shape, elementType: entry.elementType,
            byteOffset: dataOffset + Int(entry.offset), byteCount: entry.byteCount)
    }

    /// Positions by name, each name once.
    func indexed(_ tensors: [TensorDescription]) throws(CheckpointError) -> [String: Int] {
        var indices: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() {
            guard indices.updateValue(index, forKey: tensor.name) == nil else {
                throw reader.invalid(
                    "tensor \(tensor.name.quoted())", located: false, expected: "every name once",
                    found: "the name a second time")
            }
        }
        return indices
    }

    private static func text(_ dimensions: [UInt64]) -> String {
        "(\(dimensions.reversed().map { String($0) }.joined(separator: ", ")))"
    }
}
