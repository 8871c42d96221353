/// Reads the pickles in which PyTorch saves the names, shapes and places of tensors, and executes nothing.
///
/// A pickle is a program for a machine with a stack; `pickletools` of Python's library describes its instructions. This one
/// knows those that build plain data, and three calls, for which it builds what they would: an ordered dictionary, a tensor,
/// a parameter. Every other instruction, name and call is refused.
struct PickleReader {
    /// Why bytes are no such pickle.
    struct Failure: Error {
        /// Where the reader gave up.
        let position: Int
        let problem: String
    }

    private let bytes: [UInt8]
    private var position = 0
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Runs to the end and gives what is left.
    mutating func value() throws(Failure) -> PickleValue {
        while true {
            let start = position
            let instruction = try byte()
            if instruction == UInt8(ascii: ".") { return try pop() }
            if try runPlain(instruction) { continue }
            if try runContainer(instruction) { continue }
            if try runCall(instruction) { continue }
            throw Failure(position: start, problem: "instruction \(instruction) is not one that tensors need")
        }
    }

    // MARK: Plain values

    private mutating func runPlain(_ instruction: UInt8) throws(Failure) -> Bool {
        switch instruction {
        case 0x80: _ = try number(1)  // PROTO
        case 0x95: _ = try number(8)  // FRAME
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.flag(true))
        case 0x89: stack.append(.flag(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case UInt8(ascii: "K"): stack.append(.integer(try number(1)))
        case UInt8(ascii: "M"): stack.append(.integer(try number(2)))
        case 0x8A: stack.append(.integer(try long()))
        case UInt8(ascii: "G"):
            stack.append(.number(Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })))
        case UInt8(ascii: "X"): stack.append(.text(try text(number(4))))
        case 0x8C: stack.append(.text(try text(number(1))))
        case UInt8(ascii: "q"): memo[try number(1)] = try top()
        case UInt8(ascii: "r"): memo[try number(4)] = try top()
        case 0x94: memo[memo.count] = try top()  // MEMOIZE
        case UInt8(ascii: "h"): stack.append(try remembered(number(1)))
        case UInt8(ascii: "j"): stack.append(try remembered(number(4)))
        default: return false
        }
        return true
    }

    /// A whole number of as many bytes as the next says, two's complement; larger ones than an `Int` are refused.
    private mutating func long() throws(Failure) -> Int {
        let bytes = try take(number(1))
        guard bytes.count <= 8 else { throw failure("a number of \(bytes.count) bytes") }
        guard let last = bytes.last else { return 0 }
        let start: Int = last >= 0x80 ? -1 : 0
        return bytes.reversed().reduce(start) { $0 << 8 | Int($1) }
    }

    private func remembered(_ index: Int) throws(Failure) -> PickleValue {
        guard let value = memo[index] else { throw failure("nothing is remembered as \(index)") }
        return value
    }

    // MARK: Containers

    private mutating func runContainer(_ instruction: UInt8) throws(Failure) -> Bool {
        switch instruction {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): push(tuple: [])
        case UInt8(ascii: "t"): push(tuple: try popToMark())
        case 0x85...0x87:
            let count = Int(instruction) - 0x84
            guard stack.count - (marks.last ?? 0) >= count else { throw failure("a tuple of more than there is") }
            let elements = Array(stack.suffix(count))
            stack.removeLast(count)
            push(tuple: elements)
        case UInt8(ascii: "]"):
            stack.append(.list(lists.count))
            lists.append([])
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "a"): try append([try pop()])
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            try insert([try pop(), value])
        case UInt8(ascii: "u"): try insert(popToMark())
        default: return false
        }
        return true
    }

    private mutating func push(tuple elements: [PickleValue]) {
        stack.append(.tuple(tuples.count))
        tuples.append(elements)
    }

    private mutating func pushDictionary() {
        stack.append(.dictionary(dictionaries.count))
        dictionaries.append([])
    }

    private mutating func append(_ elements: [PickleValue]) throws(Failure) {
        guard case .list(let index) = try top() else { throw failure("elements of no list") }
        lists[index] += elements
    }

    private mutating func insert(_ pairs: [PickleValue]) throws(Failure) {
        guard case .dictionary(let index) = try top(), pairs.count.isMultiple(of: 2) else {
            throw failure("keys and values of no dictionary")
        }
        for place in stride(from: 0, to: pairs.count, by: 2) {
            dictionaries[index].append((pairs[place], pairs[place + 1]))
        }
    }

    // MARK: Names and calls

    private mutating func runCall(_ instruction: UInt8) throws(Failure) -> Bool {
        switch instruction {
        case UInt8(ascii: "c"): stack.append(.global(try known("\(try line()).\(try line())")))
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw failure("a name that is no text")
            }
            stack.append(.global(try known("\(module).\(name)")))
        case UInt8(ascii: "Q"): stack.append(.storage(try storage(try pop())))
        case UInt8(ascii: "R"):
            let arguments = try pop()
            guard case .global(let name) = try pop() else { throw failure("a call of what is no name") }
            try call(name, try elements(arguments))
        case UInt8(ascii: "b"):
            // Attributes of a dictionary: PyTorch notes the versions of modules there.
            _ = try pop()
            guard case .dictionary = try top() else { throw failure("attributes of what has none") }
        default: return false
        }
        return true
    }

    private static let mostDimensions = 8
    private static let dictionary = "collections.OrderedDict"
    private static let tensor = "torch._utils._rebuild_tensor_v2"
    private static let parameter = "torch._utils._rebuild_parameter"
    private static let storages: [String: ElementType] = [
        "torch.FloatStorage": .f32, "torch.HalfStorage": .f16, "torch.BFloat16Storage": .bf16,
    ]

    private func known(_ name: String) throws(Failure) -> String {
        guard [Self.dictionary, Self.tensor, Self.parameter].contains(name) || Self.storages[name] != nil else {
            throw failure(
                "\(name.quoted()) is asked for, which tensors of F32, F16 or BF16 do not need; nothing was run")
        }
        return name
    }

    private mutating func call(_ name: String, _ arguments: [PickleValue]) throws(Failure) {
        switch (name, arguments.count) {
        case (Self.dictionary, 0): pushDictionary()
        case (Self.tensor, 6...7): stack.append(.tensor(try tensor(arguments)))
        case (Self.parameter, 3):
            guard case .tensor = arguments[0] else { throw failure("a parameter of no tensor") }
            stack.append(arguments[0])
        default: throw failure("\(name.quoted()) is called with \(arguments.count) values")
        }
    }

    /// Of (storage, first element, sizes, strides, …).
    private func tensor(_ arguments: [PickleValue]) throws(Failure) -> TorchTensor {
        guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
            throw failure("a tensor of no storage")
        }
        let (shape, strides) = (try integers(arguments[2]), try integers(arguments[3]))
        guard shape.count == strides.count else { throw failure("a tensor of \(shape.count) sizes and other strides") }
        return TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    }

    /// Of ("storage", type, key, where it was, elements).
    private func storage(_ identifier: PickleValue) throws(Failure) -> TorchStorage {
        let parts = try elements(identifier)
        guard parts.count == 5, parts[0] == .text("storage"), case .global(let name) = parts[1],
            case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
        else { throw failure("a storage that is not described") }
        guard let type = Self.storages[name] else { throw failure("\(name.quoted()) is no storage") }
        return TorchStorage(key: key, elementType: type, elementCount: count)
    }

    private func elements(_ value: PickleValue) throws(Failure) -> [PickleValue] {
        guard case .tuple(let index) = value else { throw failure("values that are no tuple") }
        return tuples[index]
    }

    private func integers(_ value: PickleValue) throws(Failure) -> [Int] {
        let elements = try elements(value)
        // Each call copies them, and a pickle may call with the same ones again and again.
        guard elements.count <= Self.mostDimensions else { throw failure("a tensor of \(elements.count) dimensions") }
        var numbers: [Int] = []
        for element in elements {
            guard case .integer(let number) = element else { throw failure("a size that is no whole number") }
            numbers.append(number)
        }
        return numbers
    }

    // MARK: Stack and bytes

    private func top() throws(Failure) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else { throw failure("the stack is empty") }
        return value
    }

    private mutating func pop() throws(Failure) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popToMark() throws(Failure) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw failure("there is no mark") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard 0...bytes.count - position ~= count else { throw failure("it ends too early") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func byte() throws(Failure) -> UInt8 { UInt8(try number(1)) }

    private mutating func number(_ count: Int) throws(Failure) -> Int {
        Int(clamping: try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private mutating func text(_ count: Int) throws(Failure) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw failure("a text of no UTF-8") }
        return text
    }

    /// Up to the end of the line.
    private mutating func line() throws(Failure) -> String {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw failure("it ends too early") }
        defer { position = end + 1 }
        return try text(end - position)
    }

    private func failure(_ problem: String) -> Failure { Failure(position: position, problem: problem) }
}
