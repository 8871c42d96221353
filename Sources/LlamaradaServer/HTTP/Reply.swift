import LlamaradaTensors

/// What is sent back.
struct Reply: Sendable {
    /// What comes behind the head.
    enum Body: Sendable {
        case bytes([UInt8])
        /// Server-sent events, as they come.
        case events(any EventSource)
    }

    var status = 200
    var contentType: String
    /// Further fields of the head.
    var fields: [(name: String, value: String)] = []
    var body: Body

    /// A document.
    init(_ json: JSONValue, status: Int = 200) {
        self.status = status
        contentType = "application/json"
        body = .bytes(Array(json.encoded.utf8))
    }

    /// A text of another type.
    init(_ text: String, contentType: String) {
        self.contentType = contentType
        body = .bytes(Array(text.utf8))
    }

    /// Server-sent events.
    init(_ events: some EventSource) {
        contentType = "text/event-stream; charset=utf-8"
        fields = [("cache-control", "no-cache"), ("x-accel-buffering", "no")]
        body = .events(events)
    }

    /// What went wrong.
    init(_ error: APIError) {
        self.init(error.json, status: error.status)
        if let seconds = error.retryAfter { fields.append(("retry-after", "\(seconds)")) }
        if error.status == 401 { fields.append(("www-authenticate", "Bearer")) }
    }
}

extension Reply {
    /// Whether a client that has one of these versions has this one (RFC 9110, section 13.1.2).
    func isKnown(to versions: String?) -> Bool {
        guard status == 200, let versions, let tag = fields.first(where: { $0.name == "etag" })?.value else {
            return false
        }
        return versions.split(separator: ",").contains { version in
            let version = version.trimmingPrefix { $0 == " " }
            return version == "*" || version.trimmingPrefix("W/").prefix(tag.count) == tag
        }
    }

    /// The same without its body.
    var unchanged: Reply {
        var reply = self
        reply.status = 304
        reply.body = .bytes([])
        return reply
    }
}

/// Where the events of a reply come from.
protocol EventSource: Sendable {
    /// Sends all events.
    ///
    /// - Parameter send: takes whole events, each with the empty line behind it; returns when the client can take more, and
    ///   throws when it is gone.
    func write(_ send: (String) async throws -> Void) async throws
}

/// One server-sent event.
enum ServerSentEvent {
    /// A document.
    static func data(_ json: JSONValue) -> String { "data: \(json.encoded)\n\n" }

    /// The last one.
    static let done = "data: [DONE]\n\n"

    /// Says nothing but that the server is alive.
    static let ping = ": ping\n\n"
}
