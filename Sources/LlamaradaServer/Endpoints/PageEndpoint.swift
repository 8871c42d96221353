import HTTPTypes

/// The chat page and its files, as they lie in `Pages`.
///
/// They hold no secret, so they are read without a key: the page itself asks for one. All that it does goes through the
/// endpoints that any other client has.
enum PageEndpoint {
    /// One endpoint for each file: the page at `/`, the others at `/page/NAME`.
    static let all: [Endpoint] = PageFiles.all.map { file in
        let reply = Self.reply(file.name, file.text)
        let path = file.name == "chat.html" ? "/" : "/page/\(file.name)"
        return Endpoint(method: .get, paths: [path], isOpen: true) { _ in reply }
    }

    /// What a browser lets the page do: run and show what this server sent as files, and talk to this server.
    ///
    /// No script stands in the page itself, so text that got into it as HTML would still run nothing
    /// (Content Security Policy Level 3, W3C).
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        // Chromium makes documents of no string either.
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")

    private static func reply(_ name: String, _ text: StaticString) -> Reply {
        let text = text.description
        var reply = Reply(text, contentType: contentType(name))
        reply.fields = [
            ("content-security-policy", policy), ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
            // Asked for at every visit, sent only where it changed: the files of one page come from one build.
            ("cache-control", "no-cache"), ("etag", "\"\(String(hash(text.utf8), radix: 16))\""),
        ]
        return reply
    }

    private static func contentType(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        default: "image/svg+xml"
        }
    }

    /// FNV-1a (Fowler, Noll, Vo), 64 bits.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
