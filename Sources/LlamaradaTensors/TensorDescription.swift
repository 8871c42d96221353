/// What a model file says about one tensor: everything but its bytes.
public struct TensorDescription: Sendable, Hashable {
    /// The tensor's name, such as `blk.0.attn_q.weight`.
    public let name: String
    /// Dimensions outermost first, such as (rows, columns): one to four, none of them zero.
    public let shape: [Int]
    /// How elements are stored.
    public let elementType: ElementType
    /// Where the tensor's bytes start, counted from the start of the file.
    public let byteOffset: Int
    /// The tensor's bytes in the file.
    public let byteCount: Int
    /// Which of a split model's files holds it, counted from 0; 0 where there is one file.
    public private(set) var part = 0

    /// Describes a tensor; the caller has checked that the numbers agree.
    package init(name: String, shape: [Int], elementType: ElementType, byteOffset: Int, byteCount: Int) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
        self.byteOffset = byteOffset
        self.byteCount = byteCount
    }

    /// The same tensor in another part.
    func inPart(_ part: Int) -> TensorDescription {
        var tensor = self
        tensor.part = part
        return tensor
    }

    /// The product of the dimensions.
    public var elementCount: Int { shape.reduce(1, *) }

    /// The innermost dimension: the elements that follow one another in a row.
    public var columnCount: Int { shape.last ?? 1 }

    /// The product of all dimensions but the innermost; a vector is one row.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    /// The bytes of one row.
    public var rowByteCount: Int { byteCount / rowCount }
}
