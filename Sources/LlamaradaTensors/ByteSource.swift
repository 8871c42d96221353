/// Bytes that a parser reads by position: a file, or an array in a test.
package protocol ByteSource: Sendable {
    /// The name that errors show.
    var name: String { get }
    /// Bytes there are.
    var byteCount: Int { get }
    /// Fills `target` with the bytes from `byteOffset` on, or throws.
    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError)
}
