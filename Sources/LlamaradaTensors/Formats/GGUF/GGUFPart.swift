/// One file of a model: the only one, or one of those that it was split into.
public struct GGUFPart: Sendable {
    /// The path: as the caller gave it, or one beside it.
    public var path: String { source.name }
    /// The file's size.
    public var byteCount: Int { source.byteCount }
    /// Where the tensors' bytes start.
    public var dataOffset: Int { header.dataOffset }
    /// The tensors that lie in it.
    public var tensorCount: Int { header.tensors.count }

    let source: any ByteSource
    let header: GGUFParser.Header

    /// Reads and checks the header of `source`.
    init(_ source: any ByteSource) throws(CheckpointError) {
        var parser = GGUFParser(source: source)
        header = try parser.parse()
        self.source = source
    }
}
