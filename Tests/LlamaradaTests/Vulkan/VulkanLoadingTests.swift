import Foundation
import Glibc
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import Synchronization
import TestSupport
import Testing

/// Files that change while their weights go to the device.
@Suite struct VulkanLoadingTests {
    /// Truncates the file when its first weights have been read.
    @Test(arguments: ["q8_0", "f32"]) func aFileCutWhileItLoads(name: String) throws {
        let fixture = try ModelFixture.load(name)
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        let original = ModelFixture.folder.appending(path: "models/\(fixture.model)").path()
        try FileManager.default.copyItem(atPath: original, toPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try GGUFFile.open(path: path)
        var progress: [LoadProgress] = []
        let error = try #require(throws: CheckpointError.self) {
            _ = try VulkanTransformer(
                file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64
            ) {
                progress.append($0)
                if progress.count == 3 { truncate(path, off_t(file.byteCount / 2)) }
            }
        }
        #expect(error.code == .io)
        #expect(error.description.contains(path) && !error.description.contains("\n"), "\(error)")
        #expect(progress.count >= 3)
    }

    @Test func whatProgressThrowsEndsTheLoading() throws {
        struct Enough: Error {}
        let model = try ModelLoader(path: ModelFixture.folder.appending(path: "models/f32.gguf").path())
        let calls = Mutex(0)
        #expect(throws: Enough.self) {
            _ = try model.transformer(LoadOptions(contextLength: 64)) { _ in
                let count = calls.withLock { count in
                    count += 1
                    return count
                }
                if count == 3 { throw Enough() }
            }
        }
        #expect(calls.withLock { $0 } == 3)
    }

    @Test func progressEndsAtTheWhole() throws {
        let file = try ModelFixture.load("q5_1").open()
        var progress: [LoadProgress] = []
        _ = try VulkanTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64
        ) { progress.append($0) }
        let loaded = progress.map(\.loadedByteCount)
        #expect(loaded == loaded.sorted())
        #expect(progress.allSatisfy { $0.loadedByteCount <= $0.totalByteCount })
        #expect(progress.last.map { $0.totalByteCount } == file.tensors.reduce(0) { $0 + $1.byteCount })
    }
}
