import HTTPTypes
import HummingbirdCore
import LlamaradaServerSettings
import NIOCore

/// Takes a request from the first byte to the last of its reply.
struct Responder: Sendable {
    let state: ServerState
    private let door: Door
    private let table = EndpointTable()

    init(_ state: ServerState) {
        self.state = state
        door = Door(state.settings.network)
    }

    /// Answers a request; throws where the client is gone.
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        let path = request.uri.path
        let (found, isUnread) = await reply(to: request, path, channel)
        let reply = found.isKnown(to: request.headers[.ifNoneMatch]) ? found.unchanged : found
        state.metrics.count(endpoint: table.methods(path).isEmpty ? "other" : path, status: reply.status)
        var head = head(of: reply, to: request)
        if isUnread { head.headerFields[.connection] = "close" }
        switch reply.body {
        case .bytes(let bytes):
            if request.method == .head || reply.status == 304 {
                try await writer.writeResponse(head)
            } else {
                try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            }
        case .events(let source): try await write(source, head, writer, channel)
        }
        // The rest of a body that was given up is still read, so that the client sees the reply, but not for ever.
        if isUnread { channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) } }
    }

    /// Sends events; a client that does not take them for longer than a request may last is cut off.
    private func write(
        _ source: any EventSource, _ head: HTTPResponse, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let seconds = state.settings.limits.requestSeconds + 5
        let watchdog = Task {
            try await Task.sleep(for: .seconds(seconds))
            channel.close(promise: nil)
        }
        defer { watchdog.cancel() }
        let body = ResponseBody { writer in
            try await source.write { text in try await writer.write(ByteBuffer(string: text)) }
            try await writer.finish(nil)
        }
        try await writer.write(response: head, body: body)
    }

    // MARK: The reply

    /// What is answered, and whether a part of the request was left unread.
    private func reply(to request: Request, _ path: String, _ channel: any Channel) async -> (Reply, isUnread: Bool) {
        if request.method == .options, let reply = preflight(request, path) { return (reply, false) }
        let entry = Result { try enter(request, path) }
        let isWelcome = (try? entry.get()) != nil
        let body: [UInt8]
        do {
            // Also of a request that is refused: a client may read the reply only when it has sent everything.
            body = request.method == .post ? try await self.body(of: request, isKept: isWelcome) : []
        } catch {
            if case .failure(let refusal) = entry { return (Reply(APIError(refusal)), true) }
            // What is no error of ours is one of the bytes that came, or that did not.
            return (Reply(error as? APIError ?? .invalid("The body did not arrive whole.")), true)
        }
        do {
            let (endpoint, salt) = try entry.get()
            guard let client = state.clients[channel] else { throw CancellationError() }
            return (try await endpoint.answer(Call(state: state, client: client, salt: salt, body: body)), false)
        } catch {
            state.host.note(error)
            return (Reply(APIError(error)), false)
        }
    }

    /// Who is asked, and on whose behalf.
    private func enter(_ request: Request, _ path: String) throws -> (Endpoint, salt: UInt64) {
        let endpoint = table.find(request.method, path)
        let salt = try door.check(request.head, isOpen: endpoint?.isOpen ?? false)
        guard let endpoint else { throw missing(path, request.method) }
        return (endpoint, salt)
    }

    private func missing(_ path: String, _ method: HTTPRequest.Method) -> APIError {
        let methods = table.methods(path)
        guard !methods.isEmpty else {
            return APIError(
                status: 404, message: "There is nothing at '\(path.prefix(80))'.", type: "invalid_request_error",
                code: "not_found")
        }
        return APIError(
            status: 405,
            message:
                "'\(path)' takes \(methods.map(\.rawValue).joined(separator: ", ")), not \(method.rawValue.prefix(20)).",
            type: "invalid_request_error", code: "method_not_allowed")
    }

    /// Tells a browser that a page may call; nil where it may not.
    private func preflight(_ request: Request, _ path: String) -> Reply? {
        guard let origin = request.headers[.origin], door.allowed(origin) != nil, !table.methods(path).isEmpty else {
            return nil
        }
        var reply = Reply("", contentType: "text/plain")
        reply.status = 204
        reply.fields = [
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-headers", "authorization, content-type"), ("access-control-max-age", "600"),
        ]
        return reply
    }

    private func head(of reply: Reply, to request: Request) -> HTTPResponse {
        var fields = HTTPFields()
        fields[.contentType] = reply.contentType
        if case .bytes(let bytes) = reply.body, ![204, 304].contains(reply.status) {
            fields[.contentLength] = "\(bytes.count)"
        }
        if reply.status == 405 {
            fields[.allow] = table.methods(request.uri.path).map(\.rawValue).joined(separator: ", ")
        }
        for field in reply.fields {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields[name] = field.value
        }
        if let origin = request.headers[.origin], let allowed = door.allowed(origin) {
            fields[.accessControlAllowOrigin] = allowed
            fields[.vary] = "Origin"
        }
        return HTTPResponse(status: .init(code: reply.status), headerFields: fields)
    }

    // MARK: The body

    /// The whole body, within the limits on its bytes and its time.
    ///
    /// - Parameter isKept: whether it is wanted; otherwise it is read and forgotten.
    private func body(of request: Request, isKept: Bool) async throws -> [UInt8] {
        let limits = state.settings.limits
        let tooLarge = APIError(
            status: 413, message: "The request has more than \(limits.bodyBytes) bytes.", type: "invalid_request_error",
            code: "request_too_large")
        if let length = request.headers[.contentLength], (Int(length) ?? 0) > limits.bodyBytes { throw tooLarge }
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                var room = limits.bodyBytes
                for try await part in request.body {
                    room -= part.readableBytes
                    guard room >= 0 else { throw tooLarge }
                    if isKept { bytes += part.readableBytesView }
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(for: .seconds(limits.arrivalSeconds))
                throw APIError(
                    status: 408, message: "The request did not arrive within \(limits.arrivalSeconds) seconds.",
                    type: "invalid_request_error", code: "timeout")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
