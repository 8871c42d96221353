import Glibc
import LlamaradaTensors

/// What every document of a reply begins with.
package struct ReplyHead: Sendable {
    /// Names the request.
    let id: String
    /// What the document is, and what a chunk of it is.
    let object: (whole: String, chunk: String)
    /// Seconds since 1970.
    let created: Int
    /// The model's name.
    let model: String

    package init(_ prefix: String, _ object: (whole: String, chunk: String), model: String) {
        var random = SystemRandomNumberGenerator()
        id = "\(prefix)-" + String(random.next() | 1 << 63, radix: 16) + String(random.next() | 1 << 63, radix: 16)
        self.object = object
        created = time(nil)
        self.model = model
    }

    /// A document with these members behind its head.
    func document(_ members: [JSONValue.Member], isChunk: Bool) -> JSONValue {
        .object(
            [
                .init("id", .string(id)), .init("object", .string(isChunk ? object.chunk : object.whole)),
                .init("created", .integer(created)),
                .init("model", .string(model)),
            ] + members)
    }
}
