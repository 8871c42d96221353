import LlamaradaErrors

/// Reads a header front to back through a small window, so that no count in a file decides an allocation unchecked.
struct HeaderReader: ~Copyable {
    /// Many times what a vocabulary of 256,000 tokens needs, and little enough to hold in memory.
    static let largestHeader = 256 << 20
    static let windowSize = 256 << 10

    let source: any ByteSource
    /// The end of what may be read: the file's end, or the largest header.
    private let limit: Int
    private let window: UnsafeMutableRawPointer
    private let capacity: Int
    /// The window's unread part.
    private var unread = 0..<0
    /// Where the next byte lies in the file.
    private(set) var position = 0
    /// Where the field that was read last, or couldn't be, starts.
    private var fieldPosition = 0

    init(source: any ByteSource) {
        self.source = source
        limit = min(source.byteCount, Self.largestHeader)
        capacity = max(1, min(limit, Self.windowSize))
        window = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { window.deallocate() }

    /// Bytes of the file, or of the largest header, behind `position`.
    var remaining: Int { limit - position }

    /// A fixed-width number.
    mutating func number<Number: BitwiseCopyable>(
        _ field: @autoclosure () -> String, as type: Number.Type = Number.self
    ) throws(CheckpointError) -> Number {
        try next(MemoryLayout<Number>.size, field()).loadUnaligned(as: Number.self)
    }

    /// A count, checked against the bytes that remain: each entry takes at least `entryBytes`.
    mutating func count(
        ofEntriesTaking entryBytes: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> Int {
        let count = try number(field(), as: UInt64.self)
        guard count <= UInt64(remaining / entryBytes) else {
            throw invalid(
                field(), expected: "at most \(remaining / entryBytes) (\(extent))", found: "\(count)")
        }
        return Int(count)
    }

    /// Numbers of fixed width, `count` of them, which the caller has bounded with `count(ofEntriesTaking:)`.
    mutating func numbers<Number: BitwiseCopyable>(
        _ count: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> [Number] {
        var result: [Number] = []
        while result.count < count {
            let part = min(count - result.count, capacity / MemoryLayout<Number>.size)
            let bytes = UnsafeRawBufferPointer(
                start: try next(part * MemoryLayout<Number>.size, field()), count: part * MemoryLayout<Number>.size)
            result += [Number](unsafeUninitializedCapacity: part) { elements, initialized in
                UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
                initialized = part
            }
        }
        return result
    }

    /// Appends the bytes of a string: a length of 64 bits, at most `longest`, then the bytes.
    mutating func string(
        appendingTo bytes: inout [UInt8], longest: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) {
        var rest = try count(ofEntriesTaking: 1, "\(field()) length")
        guard rest <= longest else {
            throw invalid("\(field()) length", expected: "at most \(longest)", found: "\(rest)")
        }
        while rest > 0 {
            let part = min(rest, capacity)
            bytes += UnsafeRawBufferPointer(start: try next(part, field()), count: part)
            rest -= part
        }
    }

    /// The next `count` bytes, at most a window's; the pointer holds until the next call.
    private mutating func next(
        _ count: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> UnsafeRawPointer {
        fieldPosition = position
        guard count <= remaining else {
            throw invalid(field(), expected: "\(count) more bytes", found: "only \(extent)")
        }
        if unread.count < count { try refill() }
        defer {
            position += count
            unread = unread.lowerBound + count..<unread.upperBound
        }
        return UnsafeRawPointer(window + unread.lowerBound)
    }

    /// Moves the unread part to the front and fills the rest of the window.
    private mutating func refill() throws(CheckpointError) {
        let kept = unread.count
        window.copyMemory(from: window + unread.lowerBound, byteCount: kept)
        let added = min(capacity - kept, remaining - kept)
        unread = 0..<kept
        try source.read(
            into: UnsafeMutableRawBufferPointer(start: window + kept, count: added), at: position + kept)
        unread = 0..<kept + added
    }
}

extension HeaderReader {
    /// How much may still be read, in words.
    private var extent: String {
        limit == source.byteCount
            ? "\(remaining) bytes left in the file"
            : "\(remaining) bytes left up to the largest header (\(Self.largestHeader) bytes)"
    }

    /// The error for a field that can't be right; `located` where the field was just read.
    func invalid(_ field: String, located: Bool = true, expected: String, found: String) -> CheckpointError {
        let place = located ? " at byte \(fieldPosition)" : ""
        return CheckpointError(
            .invalid, file: source.name, problem: "\(field)\(place): expected \(expected), found \(found)",
            remedy: .fetchAgain)
    }

    /// The error for something that this version can't use.
    func unsupported(_ problem: String, remedy: Remedy) -> CheckpointError {
        CheckpointError(.unsupported, file: source.name, problem: problem, remedy: remedy)
    }
}
