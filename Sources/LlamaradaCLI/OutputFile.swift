import LlamaradaTensors

/// Files that commands write for people and other programs.
enum OutputFile {
    /// Writes a text under `path`, where nothing appears until it is whole.
    ///
    /// - Throws: `CheckpointError` with code `.io`.
    static func write(_ text: String, to path: String) throws(CheckpointError) {
        let file = try AtomicOutputFile(path: path)
        let result = Array(text.utf8).withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try file.write(bytes) }
        }
        try result.get()
        try file.commit()
    }
}
