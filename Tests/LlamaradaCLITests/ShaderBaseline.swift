import Foundation

/// The part of `llamarada shaders --json` that a baseline is about.
struct CompiledShaders: Decodable {
    struct Pipeline: Decodable {
        var kernel: String
        var variant: String
        var constants: [String: UInt32]
        var vectorRegisters: Int?
        var spills: Int?
        var scratchBytes: Int?
        var sharedBytes: Int?
        var instructions: Int?

        /// Such as "MatVec Q4_0 lanes=32 splits=8".
        var name: String {
            let constants = constants.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([kernel, variant] + constants).filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    var driverInfo: String
    var pipelines: [Pipeline]
}

extension CompiledShaders {
    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(CompiledShaders.self, from: Data(json.utf8))
    }
}

/// What one GPU's kernels compiled to when the file was recorded: Tests/Fixtures/shaders/<gpu>.json.
struct ShaderBaseline: Codable {
    struct Figures: Codable {
        var registers: Int
        var spills: Int
        var shared: Int
        var instructions: Int
        /// Private memory, where spills take some; none otherwise.
        var scratch: Int?
    }

    /// The driver's version, such as "Mesa 22.3.6". Compilers differ, so another version's registers say nothing.
    var driver: String
    var pipelines: [String: Figures]

    static func path(_ gpu: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/shaders/\(gpu).json")
    }

    static func read(_ gpu: String) throws -> ShaderBaseline {
        try JSONDecoder().decode(ShaderBaseline.self, from: Data(contentsOf: path(gpu)))
    }

    init(_ shaders: CompiledShaders) {
        driver = shaders.driverInfo
        pipelines = Dictionary(
            uniqueKeysWithValues: shaders.pipelines.map {
                (
                    $0.name,
                    Figures(
                        registers: $0.vectorRegisters ?? 0, spills: $0.spills ?? 0, shared: $0.sharedBytes ?? 0,
                        instructions: $0.instructions ?? 0,
                        scratch: ($0.spills ?? 0) > 0 ? $0.scratchBytes.flatMap { $0 > 0 ? $0 : nil } : nil)
                )
            })
    }

    /// One pipeline a line, so that a change reads well.
    func write(_ gpu: String) throws {
        let lines = pipelines.sorted { $0.key < $1.key }.map { name, figures in
            "    \"\(name)\": {\"registers\": \(figures.registers), \"spills\": \(figures.spills), "
                + "\"shared\": \(figures.shared), \"instructions\": \(figures.instructions)"
                + (figures.scratch.map { ", \"scratch\": \($0)" } ?? "") + "}"
        }
        let text = """
            {
              "driver": "\(driver)",
              "pipelines": {
            \(lines.joined(separator: ",\n"))
              }
            }

            """
        try Data(text.utf8).write(to: Self.path(gpu))
    }

    /// What is worse than the baseline, a sentence each.
    func problems(_ shaders: CompiledShaders) -> [String] {
        let comparable = shaders.driverInfo == driver
        var problems = shaders.pipelines.flatMap { self.problems($0, comparable: comparable) }
        if comparable {
            let stale = Set(pipelines.keys).subtracting(shaders.pipelines.map(\.name)).sorted()
            problems += stale.map { "\($0): in the baseline, but no model uses it." }
        }
        return problems
    }

    private func problems(_ pipeline: CompiledShaders.Pipeline, comparable: Bool) -> [String] {
        let known = pipelines[pipeline.name]
        var problems: [String] = []
        if let spills = pipeline.spills, spills > known?.spills ?? 0 {
            problems.append("\(pipeline.name): spills \(spills) registers; use smaller tiles in KernelTuning.")
        }
        if let scratch = pipeline.scratchBytes, scratch > known?.scratch ?? 0 {
            problems.append("\(pipeline.name): \(scratch) bytes of private memory; is an array indexed by a variable?")
        }
        guard comparable else { return problems }
        guard let known, let registers = pipeline.vectorRegisters else {
            return problems + ["\(pipeline.name): not in the baseline."]
        }
        if 10 * registers > 11 * known.registers {
            problems.append("\(pipeline.name): \(registers) vector registers, \(known.registers) in the baseline.")
        }
        return problems
    }
}
