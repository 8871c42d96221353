extension ByteSource {
    /// Some bytes as an array; the caller has bounded how many.
    func bytes(at byteOffset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { target in
            Result { () throws(CheckpointError) in try read(into: target, at: byteOffset) }
        }
        try result.get()
        return bytes
    }
}
