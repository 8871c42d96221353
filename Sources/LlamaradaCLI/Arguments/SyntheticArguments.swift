public import ArgumentParser
public import LlamaradaLab

/// The word after `--type`.
struct SyntheticType: ExpressibleByArgument {
    let mixture: WeightMixture

    init?(argument: String) {
        guard let mixture = WeightMixture.all.first(where: { $0.name == argument.uppercased() }) else { return nil }
        self.mixture = mixture
    }

    static var allValueStrings: [String] { WeightMixture.all.map(\.name) }
}

/// The word after `--format`.
enum SyntheticFormat: String, CaseIterable, ExpressibleByArgument {
    case gguf, meta, hf
}

extension SyntheticShape: ExpressibleByArgument {
    /// The shape of that name, in any case.
    public init?(argument: String) {
        guard let shape = Self.all.first(where: { $0.name.lowercased() == argument.lowercased() }) else { return nil }
        self = shape
    }

    /// The names of all shapes.
    public static var allValueStrings: [String] { all.map(\.name) }
}
