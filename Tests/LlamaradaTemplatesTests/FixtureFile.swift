import Foundation
import LlamaradaChat
import LlamaradaTemplates
import LlamaradaTensors

/// What tools/fixtures/templates.py has written; read by a parser that keeps the order of members.
enum FixtureFile {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/templates")

    static func load(_ name: String, in folder: URL = folder) throws -> JSONValue {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name + ".json")))
        return try JSONValue(MemorySource(bytes: bytes), range: 0..<bytes.count)
    }

    /// The names of the templates in a folder.
    static func templates(in folder: URL = folder) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
            .filter { $0 != "cases" && $0 != "conversations" }.sorted()
    }
}

private struct MemorySource: ByteSource {
    let bytes: [UInt8]
    var name: String { "fixture" }
    var byteCount: Int { bytes.count }

    func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
        target.copyBytes(from: bytes[byteOffset...].prefix(target.count))
    }
}

extension JSONValue {
    /// The members of an object as a template's variables.
    var variables: [String: TemplateValue] {
        Dictionary(uniqueKeysWithValues: (members ?? []).map { ($0.name, TemplateValue($0.value)) })
    }
}

/// What becomes of a template.
enum Outcome: Equatable, CustomStringConvertible {
    case output(String)
    /// The template refuses the conversation, in these words.
    case raised(String)
    /// Something is missing that it uses.
    case undefined
    case failed

    init(_ json: JSONValue) {
        if let text = json["output"]?.text {
            self = .output(text)
        } else if let text = json["raised"]?.text {
            self = .raised(text)
        } else {
            self = json["undefined"] == nil ? .failed : .undefined
        }
    }

    init(_ render: () throws -> String) {
        do {
            self = .output(try render())
        } catch {
            switch (error as? TemplateError)?.code {
            case .raised: self = .raised((error as? TemplateError)?.message ?? "")
            case .undefined: self = .undefined
            default: self = .failed
            }
        }
    }

    /// Byte by byte: Swift's texts are equal where only the spelling of an accent differs.
    static func == (left: Outcome, right: Outcome) -> Bool {
        switch (left, right) {
        case (.output(let one), .output(let other)), (.raised(let one), .raised(let other)):
            one.utf8.elementsEqual(other.utf8)
        case (.undefined, .undefined), (.failed, .failed): true
        default: false
        }
    }

    var description: String {
        switch self {
        case .output(let text): text.debugDescription
        case .raised(let text): "raises \(text.debugDescription)"
        case .undefined: "finds something undefined"
        case .failed: "fails"
        }
    }
}

extension TemplateDate {
    /// What the fixtures take for now.
    static let fixture = TemplateDate(
        year: 2026, month: 3, day: 7, hour: 9, minute: 5, second: 2, microsecond: 1234)
}
