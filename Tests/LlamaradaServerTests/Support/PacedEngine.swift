import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaText
import Synchronization

/// Another engine's results, slower, and only as long as its device is there.
final class PacedEngine: Engine {
    /// What happens to the device, told from outside.
    final class Fate: Sendable {
        private let lost = Atomic(false)

        func lose() { lost.store(true, ordering: .sequentiallyConsistent) }

        fileprivate var isLost: Bool { lost.load(ordering: .sequentiallyConsistent) }
    }

    private let base: any Engine
    private let seconds: Double
    private let fate: Fate

    init(_ base: any Engine, seconds: Double, fate: Fate = Fate()) {
        self.base = base
        self.seconds = seconds
        self.fate = fate
    }

    var configuration: ModelConfiguration { base.configuration }
    var memoryPlan: MemoryPlan? { base.memoryPlan }
    var capacity: EngineCapacity { base.capacity }
    func setPages(_ table: PageTable, ofSlot slot: Int) { base.setPages(table, ofSlot: slot) }
    func copyPages(_ copies: [PageCopy]) throws { try base.copyPages(copies) }
    func poisonPages(_ pages: PageTable) throws { try base.poisonPages(pages) }

    func run(_ step: Step) throws -> [RowResult] {
        Thread.sleep(forTimeInterval: seconds)
        if fate.isLost { throw DeviceError(.lost, "the device was lost", remedy: .tryAgain) }
        return try base.run(step)
    }
}

extension TestServer {
    /// The tiny model with a pause before each step.
    static func paced(
        _ seconds: Double, fate: PacedEngine.Fate = .init(), sequences: Int = 4
    ) -> @Sendable () async throws -> LanguageModel {
        {
            try await LanguageModel.load(
                TestServer.tinyPath,
                options: LoadOptions(
                    backend: .cpu, contextLength: 128, sequences: sequences, keyCacheType: .f32, valueCacheType: .f32,
                    threads: 1),
                throwingProgress: nil
            ) { PacedEngine($0, seconds: seconds, fate: fate) }
        }
    }
}
