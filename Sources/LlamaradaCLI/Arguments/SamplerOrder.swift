import ArgumentParser
import Llamarada

/// Samplers in an order, as the command line names them.
enum SamplerOrder {
    /// llama.cpp's names, with ';' between them.
    @Sendable static func names(_ argument: String) throws -> [SamplerStage] {
        try argument.split(separator: ";").map { name in
            guard let stage = SamplerStage(name: String(name)) else {
                throw ValidationError("'\(name)' is none of \(SamplerStage.names).")
            }
            return stage
        }
    }

    /// llama.cpp's letters.
    @Sendable static func letters(_ argument: String) throws -> [SamplerStage] {
        try argument.map { letter in
            guard let stage = SamplerStage(letter: letter) else {
                throw ValidationError("'\(letter)' is none of the letters \(SamplerStage.letters).")
            }
            return stage
        }
    }
}
