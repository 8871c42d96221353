import Foundation
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import Testing

/// The chat page as it is sent: its files, what browsers are told of them, and that nothing of them is to run or be
/// fetched from elsewhere. What the page does is tested by `tools/test-pages` in a browser.
@Suite struct PageTests {
    /// The page's paths.
    private static let paths = Endpoint.all.map { $0.paths[0] }.filter { $0 == "/" || $0.hasPrefix("/page/") }

    /// The files of the folder that is embedded.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/LlamaradaServer/Pages")

    private static func files() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        let texts = try names.map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
        return Dictionary(uniqueKeysWithValues: texts)
    }

    @Test func everyFileIsServedAsItIs() async throws {
        let server = try await TestServer().ready()
        let files = try Self.files()
        #expect(files.count == Self.paths.count && files.count > 20)
        let types = [
            "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
            "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
        ]
        for (name, text) in files {
            let reply = try await server.get(name == "chat.html" ? "/" : "/page/\(name)")
            #expect(reply.status == 200 && reply.body == text, "\(name)")
            #expect(reply.fields["content-type"] == types[String(name.split(separator: ".").last ?? "")], "\(name)")
        }
        for path in ["/page", "/page/", "/page/nothing.js", "/page/../chat.html", "/page/chat.html", "/index.html"] {
            #expect(try await server.get(path).status == 404, "\(path)")
        }
        #expect(try await server.post("/", "{}").status == 405)
    }

    @Test func browsersAreToldWhatThePageMay() async throws {
        let server = try await TestServer().ready()
        for path in Self.paths {
            let fields = try await server.get(path).fields
            let policy = Set((fields["content-security-policy"] ?? "").components(separatedBy: "; "))
            let least: Set = [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
                "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            ]
            #expect(policy.isSuperset(of: least), "\(path): \(policy)")
            #expect(!policy.contains { $0.contains("unsafe") || $0.contains("*") || $0.contains("http") }, "\(path)")
            #expect(fields["x-content-type-options"] == "nosniff" && fields["referrer-policy"] == "no-referrer")
            #expect(fields["cache-control"] == "no-cache")
        }
    }

    /// The files hold no secret; all else does.
    @Test func thePageIsReadWithoutAKey() async throws {
        let server = try await TestServer { $0.network.keys = ["secret"] }.ready()
        for path in Self.paths { #expect(try await server.get(path).status == 200, "\(path)") }
        for path in ["/props", "/v1/models", "/slots", "/page/nothing.js", "/pages"] {
            #expect(try await server.get(path).status == 401, "\(path)")
        }
    }

    /// Names and origins of others are refused here as everywhere.
    @Test func thePageKeepsTheDoor() async throws {
        let server = try await TestServer().ready()
        #expect(try await server.get("/", fields: ["Host: evil.example"]).status == 403)
        #expect(try await server.get("/", fields: ["Origin: https://evil.example"]).status == 403)
    }

    /// It is there before the model is, so that it can say so.
    @Test func thePageIsThereWhileTheModelLoads() async throws {
        let server = try await TestServer(model: {
            try await Task.sleep(for: .seconds(600))
            throw CancellationError()
        })
        #expect(try await server.get("/").status == 200)
        #expect(try await server.get("/props").status == 503)
    }

    @Test func headHasNoBody() async throws {
        let server = try await TestServer().ready()
        let length = try await server.get("/").body.utf8.count
        let (head, next) = try await server.exchange { connection in
            try connection.request("HEAD", "/")
            let head = try connection.reply(toHead: true)
            // On the same connection: a body would stand in its place.
            try connection.request("GET", "/health")
            return (head, try connection.reply())
        }
        #expect(head.status == 200 && head.body.isEmpty && head.fields["content-length"] == "\(length)")
        #expect(next.status == 200)
    }

    @Test func whatIsKnownIsNotSentAgain() async throws {
        let server = try await TestServer().ready()
        let tag = try #require(try await server.get("/page/main.js").fields["etag"])
        #expect(try await server.get("/page/chat.js").fields["etag"] != tag)
        for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let (reply, next) = try await server.exchange { connection in
                try connection.request("GET", "/page/main.js", fields: ["If-None-Match: \(known)"])
                let reply = try connection.reply(toHead: true)
                try connection.request("GET", "/health")
                return (reply, try connection.reply())
            }
            #expect(reply.status == 304 && reply.body.isEmpty && reply.fields["etag"] == tag, "\(known)")
            #expect(reply.fields["content-security-policy"]?.isEmpty == false)
            #expect(next.status == 200)
        }
        for other in ["\"other\"", "", tag.dropLast() + "0\""] {
            #expect(
                try await server.get("/page/main.js", fields: ["If-None-Match: \(other)"]).status == 200, "\(other)")
        }
        #expect(try await server.get("/health", fields: ["If-None-Match: *"]).status == 200)
    }

    /// The policy would stop these; that none is there shows that the page does not depend on it.
    @Test func noFileRunsTextOrNamesAnotherServer() throws {
        let files = try Self.files()
        #expect(Self.faults(in: files).isEmpty)
        for (name, text) in [
            ("a.html", "<p onclick=\"a()\">"), ("a.html", "<script>a()</script>"), ("a.html", "<style>a{}</style>"),
            ("a.html", "<p style='a:b'>"), ("a.html", "<script src=\"https://a.example/b.js\"></script>"),
            ("a.css", "a { background: url(//a.example/b) }"), ("a.css", "@import \"b.css\";"),
            ("a.js", "node.innerHTML = text"), ("a.js", "eval(text)"), ("a.js", "fetch('https://a.example')"),
            ("a.js", "document.write(a)"), ("a.js", "new Function(a)"), ("a.js", "import(\"//a.example/b.js\")"),
        ] {
            #expect(!Self.faults(in: [name: text]).isEmpty, "\(text)")
        }
    }

    private static func faults(in files: [String: String]) -> [String] {
        let everywhere: [Regex<Substring>] = [
            // The name of the kind of drawing is no address.
            #/https?://(?!www\.w3\.org/2000/svg)[\w]/#, #/["'(]//[\w]/#,
        ]
        let byType: [String: [Regex<Substring>]] = [
            "html": [
                #/<[^>]*\son\w+\s*=/#, #/<script(?![^>]*\ssrc=)[^>]*>/#, #/<style/#, #/<[^>]*\sstyle\s*=/#,
                #/javascript:/#,
            ],
            "css": [#/url\(/#, #/@import/#, #/expression\(/#],
            "js": [
                #/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTMLUnsafe/#,
                #/\beval\(|new Function|srcdoc/#, #/setAttribute\(\s*"on/#, #/setTimeout\(\s*["'`]/#,
            ],
        ]
        return files.flatMap { name, text in
            let type = String(name.split(separator: ".").last ?? "")
            return (everywhere + (byType[type] ?? [])).compactMap {
                text.firstMatch(of: $0).map { "\(name): \($0.output)" }
            }
        }
    }

    /// Every file that another one names is there, and none lies there unused.
    @Test func theFilesBelongTogether() throws {
        let files = try Self.files()
        var named: Set = ["chat.html"]
        for (_, text) in files {
            for match in text.matches(of: #/(?:from|import) "\.\/([\w.]+)"/#) { named.insert(String(match.1)) }
            for match in text.matches(of: #/(?:src|href)="page\/([\w.]+)"/#) { named.insert(String(match.1)) }
        }
        #expect(named == Set(files.keys))
    }

    /// The page shows the settings that the server names, with the server's own defaults.
    @Test func propertiesHaveWhatThePageShows() async throws {
        let server = try await TestServer { settings in
            settings.sampling.temperature = 0.5
            settings.sampling.seed = 7
        }.ready()
        let properties = try await server.get("/props").json()
        let parameters = properties["default_generation_settings"]?["params"]
        #expect(parameters?["temperature"]?.double == 0.5 && parameters?["seed"]?.integer == 7)
        for name in [
            "top_k", "top_p", "min_p", "repeat_penalty", "repeat_last_n", "presence_penalty", "frequency_penalty",
        ] {
            #expect(parameters?[name]?.double != nil, "\(name)")
        }
        #expect(properties["device"]?.text == "CPU")
    }

    /// The last chunk says how fast the answer was.
    @Test func streamsEndWithTimings() async throws {
        let server = try await TestServer().ready()
        let body =
            #"{"prompt":"the","max_tokens":5,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}"#
        let last = try await server.post("/v1/completions", body).events().last
        #expect(last?["usage"]?["completion_tokens"]?.integer == 5)
        #expect(last?["timings"]?["predicted_n"]?.integer == 4)
        #expect((last?["timings"]?["predicted_per_second"]?.double ?? 0) > 0)
        let two = try await server.post(
            "/v1/completions", body.replacing("\"max_tokens\"", with: "\"n\":2,\"max_tokens\""))
        #expect(try two.events().last?["timings"] == nil)
    }
}
