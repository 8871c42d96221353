import ArgumentParser
import Glibc
import Llamarada
import LlamaradaLab
import LlamaradaReports

/// The value of `-pg`: `512,128`.
struct PromptAndGeneration: ExpressibleByArgument {
    var prompt: Int
    var generated: Int

    init?(argument: String) {
        guard argument.split(separator: ",", omittingEmptySubsequences: false).count == 2,
            !argument.contains("-"), let both = Sweep(argument)
        else { return nil }
        (prompt, generated) = (both.values[0], both.values[1])
    }

    var defaultValueDescription: String { "\(prompt),\(generated)" }
}

extension Sweep: ExpressibleByArgument {
    /// The values, `128,512`.
    package init?(argument: String) { self.init(argument) }

    /// The list with commas.
    package var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

/// The value of `-ctk`: `f16,f32`.
struct CacheTypes: ExpressibleByArgument {
    var values: [KVCacheType]

    init(values: [KVCacheType]) { self.values = values }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = names.compactMap { KVCacheType(rawValue: String($0)) }
        if values.isEmpty || values.count != names.count { return nil }
    }

    var defaultValueDescription: String { values.map(\.rawValue).joined(separator: ",") }
}

/// The value of `-m`: one path, or several with commas between.
enum ModelList {
    static func paths(_ argument: String) -> [String] {
        // A file may have a comma in its name.
        if access(argument, F_OK) == 0 { return [argument] }
        return argument.split(separator: ",").map(String.init)
    }
}

extension TableFormat: ExpressibleByArgument {
    /// The format of that name, of those that rows of measurements are printed in.
    package init?(argument: String) {
        guard let format = Self.ofRows.first(where: { $0.rawValue == argument }) else { return nil }
        self = format
    }

    /// The names, in their order.
    package static var allValueStrings: [String] { ofRows.map(\.rawValue) }

    private static let ofRows: [TableFormat] = [.md, .csv, .json, .jsonl, .sql]
}
