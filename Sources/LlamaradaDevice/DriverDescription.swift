import Glibc

/// What one description of a Vulkan driver says, as far as it matters here.
struct DriverDescription {
    /// Why a text describes no driver.
    struct Fault: Error {
        var reason: String
    }

    /// The driver: a path, or a name that the system looks for.
    var library: [UInt8]

    /// Reads a description; what the loader needs must be there and of the right kind.
    static func parse(_ text: [UInt8]) -> Result<DriverDescription, Fault> {
        var reader = JSONReader(text)
        guard let value = reader.document() else {
            return .failure(Fault(reason: text.isEmpty ? "the file is empty" : "the file is not JSON"))
        }
        guard case .object(let top) = value, case .string = top["file_format_version"] else {
            return .failure(Fault(reason: "the file has no 'file_format_version'"))
        }
        guard case .object(let driver) = top["ICD"], case .string(let library) = driver["library_path"],
            case .string = driver["api_version"], !library.isEmpty
        else { return .failure(Fault(reason: "the file has no 'ICD' with 'library_path' and 'api_version'")) }
        return .success(DriverDescription(library: library))
    }

    /// What is wrong with the library, if that can be told without loading it: a path at which nothing lies.
    func libraryProblem(beside file: FileName) -> String? {
        guard library.contains(UInt8(ascii: "/")) else { return nil }
        let isAbsolute = library.first == UInt8(ascii: "/")
        let path = FileName(bytes: isAbsolute ? library : file.folder + library)
        if access(path.cString, R_OK) == 0 { return nil }
        return "its library \(path.shown) can't be read: \(String(cString: strerror(errno)))"
    }

    /// Text from a file without what could break a line.
    static func oneLine(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(500).map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                default: Character(scalar)
                }
            })
    }
}
