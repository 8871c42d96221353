/// A text in the making that may not grow beyond a limit.
struct TextBuilder {
    private(set) var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var text: TemplateText { TemplateText(bytes: bytes) }

    mutating func append(_ text: TemplateText) throws(TemplateError) { try append(text.bytes[...]) }

    mutating func append(_ slice: ArraySlice<UInt8>) throws(TemplateError) {
        try reserve(slice.count)
        bytes += slice
    }

    mutating func append(_ string: String) throws(TemplateError) {
        try reserve(string.utf8.count)
        bytes += string.utf8
    }

    mutating func append(byte: UInt8) throws(TemplateError) {
        try reserve(1)
        bytes.append(byte)
    }

    /// The text so many times; none where the count is not positive.
    mutating func append(_ text: TemplateText, count: Int) throws(TemplateError) {
        guard count > 0, !text.isEmpty else { return }
        let (total, overflow) = text.bytes.count.multipliedReportingOverflow(by: count)
        try reserve(overflow ? .max : total)
        for _ in 0..<count { bytes += text.bytes }
    }

    private func reserve(_ count: Int) throws(TemplateError) {
        guard count <= limit - bytes.count else { throw .tooLong(limit) }
    }
}

extension TemplateError {
    static func tooLong(_ limit: Int) -> TemplateError {
        TemplateError(.limit, "a text of more than \(limit) bytes")
    }
}
