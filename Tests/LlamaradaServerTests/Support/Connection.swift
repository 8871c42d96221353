import Foundation
import Glibc
import LlamaradaTensors

/// A client's end of a connection: what it sends and sees, byte for byte.
final class Connection: Sendable {
    struct Failure: Error {
        var what: String
    }

    /// A reply as it came.
    struct Reply: Sendable {
        var status: Int
        var fields: [String: String]
        var body: String

        /// The body as a document.
        func json() throws -> JSONValue { try JSONValue(Array(body.utf8)) }

        /// The data of a body of events, without the last `[DONE]`.
        func events() throws -> [JSONValue] {
            let data = body.split(separator: "\n\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            return try data.filter { $0 != "[DONE]" }.map { try JSONValue(Array($0.utf8)) }
        }
    }

    private let descriptor: CInt

    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(what: "send: \(errno)") }
            sent += count
        }
    }

    /// Sends nothing more.
    func finish() throws { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Sends a request.
    func request(_ method: String, _ path: String, _ body: String? = nil, fields: [String] = []) throws {
        var lines = ["\(method) \(path) HTTP/1.1"] + fields
        if !fields.contains(where: { $0.hasPrefix("Host:") }) { lines.append("Host: localhost") }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// Some bytes; none at the end.
    func receive(upTo limit: Int = 65_536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &bytes, limit, 0)
        guard count >= 0 else { throw Failure(what: "receive: \(errno)") }
        return Array(bytes.prefix(count))
    }

    /// Reads a whole reply.
    ///
    /// - Parameters:
    ///   - toHead: whether no body follows, whatever the head says.
    ///   - begun: is called when the head is there.
    func reply(toHead: Bool = false, begun: () -> Void = {}) throws -> Reply {
        var bytes: [UInt8] = []
        let gap = Array("\r\n\r\n".utf8)
        func head() -> Range<Int>? {
            guard bytes.count >= 4 else { return nil }
            return (0...bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == gap }.map { $0..<$0 + 4 }
        }
        while head() == nil {
            let more = try receive()
            guard !more.isEmpty else { throw Failure(what: "closed after \(bytes.count) bytes") }
            bytes += more
        }
        guard let end = head() else { throw Failure(what: "no head") }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        begun()
        var rest = Array(bytes[end.upperBound...])
        if let length = fields["content-length"].flatMap({ Int($0) }), !toHead {
            while rest.count < length {
                let more = try receive()
                guard !more.isEmpty else { throw Failure(what: "the body was cut") }
                rest += more
            }
        } else if fields["transfer-encoding"] == "chunked" {
            while !rest.suffix(5).elementsEqual("0\r\n\r\n".utf8) {
                let more = try receive()
                guard !more.isEmpty else { throw Failure(what: "the chunks were cut") }
                rest += more
            }
            rest = Self.joined(chunks: rest)
        }
        return Reply(
            status: Int(lines[0].split(separator: " ")[1]) ?? 0, fields: fields,
            body: String(decoding: rest, as: UTF8.self))
    }

    private static func joined(chunks: [UInt8]) -> [UInt8] {
        var (result, position) = ([UInt8](), 0)
        while let end = chunks[position...].firstIndex(of: 13),
            let count = Int(String(decoding: chunks[position..<end], as: UTF8.self), radix: 16), count > 0
        {
            result += chunks[end + 2..<end + 2 + count]
            position = end + 2 + count + 2
        }
        return result
    }
}
