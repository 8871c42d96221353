import LlamaradaTensors

/// Pages that commands write.
enum HTMLFile {
    /// Writes the page whole or not at all.
    static func write(_ page: String, to path: String) throws {
        var page = page
        let file = try AtomicOutputFile(path: path)
        try page.withUTF8 { try file.write(UnsafeRawBufferPointer($0)) }
        try file.commit()
    }
}
