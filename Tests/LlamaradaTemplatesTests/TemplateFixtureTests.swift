import Foundation
import LlamaradaTemplates
import LlamaradaTensors
import Testing

/// Everything comes out as Jinja has it, byte by byte, and fails where Jinja fails.
struct TemplateFixtureTests {
    private static let otherFolder = ProcessInfo.processInfo.environment["LLAMARADA_TEMPLATES"]

    @Test(arguments: FixtureFile.templates()) func conversations(_ name: String) throws {
        try Self.check(name, in: FixtureFile.folder)
    }

    /// The same for templates that may not be copied: `LLAMARADA_TEMPLATES` names a folder that
    /// tools/fixtures/templates.py has written.
    @Test(.enabled(if: otherFolder != nil, "LLAMARADA_TEMPLATES names no folder")) func elsewhere() throws {
        let folder = URL(filePath: try #require(Self.otherFolder))
        for name in FixtureFile.templates(in: folder) { try Self.check(name, in: folder) }
        try Self.checkSmallTemplates(in: folder)
    }

    private static func check(_ name: String, in folder: URL) throws {
        let fixture = try FixtureFile.load(name, in: folder)
        let conversations = try FixtureFile.load("conversations", in: folder)
        let template = try ChatTemplate(#require(fixture["template"]?.text))
        for item in try #require(fixture["cases"]?.elements) {
            let title = try #require(item["name"]?.text)
            let variables = try #require(conversations[title]).variables
            let outcome = Outcome { try template.render(variables, now: .fixture) }
            #expect(outcome == Outcome(item), "\(name): \(title)")
        }
    }

    @Test func smallTemplates() throws { try Self.checkSmallTemplates(in: FixtureFile.folder) }

    private static func checkSmallTemplates(in folder: URL) throws {
        let fixture = try FixtureFile.load("cases", in: folder)
        let variables = try #require(fixture["variables"]).variables
        for item in try #require(fixture["cases"]?.elements) {
            let template = try #require(item["template"]?.text)
            let outcome = Outcome { try ChatTemplate(template).render(variables, now: .fixture) }
            #expect(outcome == Outcome(item), "\(template.debugDescription)")
        }
    }
}
