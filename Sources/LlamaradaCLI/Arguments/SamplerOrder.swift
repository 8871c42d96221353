import ArgumentParser
import Llamarada

/// Samplers by llama.cpp's names, with ';' between them.
struct SamplerOrder: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let stages: [SamplerStage]

    static let `default` = SamplerOrder(stages: SamplerStage.defaultOrder)

    private init(stages: [SamplerStage]) { self.stages = stages }

    init?(argument: String) {
        var stages: [SamplerStage] = []
        for name in argument.split(separator: ";") {
            guard let stage = SamplerStage(name: String(name)) else { return nil }
            stages.append(stage)
        }
        self.stages = stages
    }

    var description: String { stages.map(\.rawValue).joined(separator: ";") }
    var defaultValueDescription: String { description }

    static let allValueDescriptions = [String: String]()
}

/// Samplers by llama.cpp's letters.
struct SamplerLetters: ExpressibleByArgument {
    let stages: [SamplerStage]

    init?(argument: String) {
        let stages = argument.map { SamplerStage(letter: $0) }
        guard stages.allSatisfy({ $0 != nil }) else { return nil }
        self.stages = stages.compactMap { $0 }
    }
}
