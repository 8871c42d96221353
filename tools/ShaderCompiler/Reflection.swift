/// A kernel's interface as its SPIR-V declares it.
struct KernelInterface: Equatable {
    struct Binding: Equatable {
        var index: UInt32
        var name: String
        var reads: Bool
        var writes: Bool
        /// The Swift type of one element of the runtime array, such as `Float` or `SIMD4<UInt32>`.
        var element: String
    }

    /// A 32-bit scalar: a member of the push-constant block or a specialisation constant.
    struct Scalar: Equatable {
        var name: String
        var type: String
        /// Specialisation constants: `constant_id` and the default's bits.
        var id: UInt32 = 0
        var defaultBits: UInt32 = 0
    }

    /// One axis of the workgroup: a number or a specialisation constant.
    enum Extent: Equatable {
        case literal(UInt32)
        case specialized(id: UInt32)
    }

    var bindings: [Binding] = []
    var push: [Scalar] = []
    var specialization: [Scalar] = []
    var localSize: [Extent] = []
}

/// Reads what a kernel's interface needs from its SPIR-V module.
///
/// Numbers of opcodes, decorations and so on are the SPIR-V specification's (version 1.6, section 3).
package struct Reflection {
    private enum ElementShape {
        case scalar(String)
        case vector(String, count: UInt32)
        case structure([UInt32])
        case array(UInt32)
        case pointer(storage: UInt32, to: UInt32)
        /// Texels of a buffer, of such scalars.
        case texels(UInt32)
    }

    private var path: String
    private var names: [UInt32: String] = [:]
    private var memberNames: [UInt32: [UInt32: String]] = [:]
    private var decorations: [UInt32: [UInt32: UInt32]] = [:]
    private var memberDecorations: [UInt32: [UInt32: [UInt32: UInt32]]] = [:]
    private var types: [UInt32: ElementShape] = [:]
    private var variables: [(id: UInt32, type: UInt32)] = []
    private var constants: [UInt32: UInt32] = [:]
    private var specConstants: [(id: UInt32, type: UInt32, bits: UInt32)] = []
    private var localSize: [KernelInterface.Extent] = [.literal(1), .literal(1), .literal(1)]
    private var localSizeIDs: [UInt32] = []
    private var capabilities: [UInt32] = []

    private enum Decoration {
        static let specId: UInt32 = 1
        static let nonWritable: UInt32 = 24
        static let nonReadable: UInt32 = 25
        static let binding: UInt32 = 33
        static let offset: UInt32 = 35
    }
    private static let uniformConstant: UInt32 = 0
    private static let storageBuffer: UInt32 = 12
    private static let pushConstant: UInt32 = 9

    package init(_ words: [UInt32], path: String) throws {
        self.path = path
        guard words.count > 5, words[0] == 0x0723_0203 else { throw ShaderError(path, "libshaderc made no SPIR-V") }
        var position = 5
        while position < words.count {
            let count = Int(words[position] >> 16)
            guard count > 0, position + count <= words.count else { throw ShaderError(path, "damaged SPIR-V") }
            note(opcode: words[position] & 0xFFFF, operands: Array(words[position + 1..<position + count]))
            position += count
        }
    }

    private mutating func note(opcode: UInt32, operands o: [UInt32]) {
        switch opcode {
        case 5: names[o[0]] = Self.string(o[1...])
        case 6: memberNames[o[0], default: [:]][o[1]] = Self.string(o[2...])
        case 16 where o[1] == 17: localSize = o[2...4].map { .literal($0) }  // OpExecutionMode LocalSize
        case 331 where o[1] == 38: localSizeIDs = Array(o[2...4])  // OpExecutionModeId LocalSizeId
        case 17: capabilities.append(o[0])  // OpCapability
        case 20: types[o[0]] = .scalar("Bool")
        case 21: types[o[0]] = .scalar(o[1] == 32 ? (o[2] == 0 ? "UInt32" : "Int32") : "UInt\(o[1])")
        case 22: types[o[0]] = .scalar(o[1] == 32 ? "Float" : "Float\(o[1])")
        case 23: types[o[0]] = vector(of: o[1], count: o[2])
        case 25 where o[2] == 5: types[o[0]] = .texels(o[1])  // OpTypeImage of dimension Buffer
        case 28: types[o[0]] = .array(o[1])
        case 29: types[o[0]] = .array(o[1])
        case 30: types[o[0]] = .structure(Array(o[1...]))
        case 32: types[o[0]] = .pointer(storage: o[1], to: o[2])
        case 43: constants[o[1]] = o[2]
        case 48, 49: specConstants.append((o[1], o[0], opcode == 48 ? 1 : 0))
        case 50: specConstants.append((o[1], o[0], o[2]))
        case 59: variables.append((o[1], o[0]))
        case 71: decorations[o[0], default: [:]][o[1]] = o.count > 2 ? o[2] : 1
        case 72: memberDecorations[o[0], default: [:]][o[1], default: [:]][o[2]] = o.count > 3 ? o[3] : 1
        default: break
        }
    }

    private func vector(of element: UInt32, count: UInt32) -> ElementShape {
        if case .scalar(let name)? = types[element] { return .vector(name, count: count) }
        return .structure([])
    }

    /// The interface, or an error that says what the generated Swift could not express.
    func interface() throws -> KernelInterface {
        var interface = KernelInterface()
        for variable in variables {
            guard case .pointer(let storage, let block)? = types[variable.type] else { continue }
            if storage == Self.storageBuffer { merge(try binding(variable.id, block: block), into: &interface) }
            if storage == Self.uniformConstant, let texels = texels(variable.id, type: block) {
                interface.bindings.append(texels)
            }
            if storage == Self.pushConstant { interface.push = try push(block) }
        }
        interface.bindings.sort { $0.index < $1.index }
        interface.specialization = specialization()
        interface.localSize = extents()
        for (position, binding) in interface.bindings.enumerated() where binding.index != position {
            throw ShaderError(
                path, "bindings must be numbered 0, 1, 2 … without gaps; '\(binding.name)' is \(binding.index)")
        }
        return interface
    }

    /// Two blocks on one binding are two views of one buffer: the one of scalars names it, both say how it is used.
    private func merge(_ binding: KernelInterface.Binding, into interface: inout KernelInterface) {
        guard let known = interface.bindings.firstIndex(where: { $0.index == binding.index }) else {
            return interface.bindings.append(binding)
        }
        let other = interface.bindings[known]
        var merged = binding.element.hasPrefix("SIMD") ? other : binding
        merged.reads = binding.reads || other.reads
        merged.writes = binding.writes || other.writes
        interface.bindings[known] = merged
    }

    /// What the module needs of a device, or an error where that is not known.
    package func requirements() throws -> ShaderRequirements {
        try ShaderRequirements(capabilities: capabilities, path: path)
    }

    private func binding(_ id: UInt32, block: UInt32) throws -> KernelInterface.Binding {
        guard let index = decorations[id]?[Decoration.binding], case .structure(let members)? = types[block],
            let member = members.last, let name = memberNames[block]?[UInt32(members.count - 1)]
        else { throw ShaderError(path, "a storage buffer needs a binding and one named runtime array") }
        guard case .array(let element)? = types[member], let type = swiftName(element) else {
            throw ShaderError(path, "buffer '\(name)' must be an array of 32-bit scalars or vectors")
        }
        let all = [decorations[id] ?? [:]] + (memberDecorations[block].map { Array($0.values) } ?? [])
        return .init(
            index: index, name: name,
            reads: !all.contains { $0[Decoration.nonReadable] != nil },
            writes: !all.contains { $0[Decoration.nonWritable] != nil },
            element: type)
    }

    /// A buffer that is read as texels is, to whoever binds it, one of their scalars.
    private func texels(_ id: UInt32, type: UInt32) -> KernelInterface.Binding? {
        guard case .texels(let scalar)? = types[type], let element = swiftName(scalar),
            let index = decorations[id]?[Decoration.binding], let name = names[id]
        else { return nil }
        return .init(index: index, name: name, reads: true, writes: false, element: element)
    }

    /// The bindings that are read as texels.
    var texelBindings: [UInt32] {
        variables.compactMap { variable in
            guard case .pointer(Self.uniformConstant, let type)? = types[variable.type] else { return nil }
            return texels(variable.id, type: type)?.index
        }.sorted()
    }

    private func swiftName(_ type: UInt32) -> String? {
        switch types[type] {
        case .scalar(let name): name
        case .vector(let name, let count) where count == 2 || count == 4: "SIMD\(count)<\(name)>"
        default: nil
        }
    }

    /// Only 32-bit scalars, so that Swift's layout of the struct is the block's.
    private func push(_ block: UInt32) throws -> [KernelInterface.Scalar] {
        guard case .structure(let members)? = types[block] else { return [] }
        return try members.enumerated().map { position, type in
            let name = memberNames[block]?[UInt32(position)] ?? "?"
            guard case .scalar(let swift)? = types[type], ["UInt32", "Int32", "Float"].contains(swift),
                memberDecorations[block]?[UInt32(position)]?[Decoration.offset] == UInt32(4 * position)
            else { throw ShaderError(path, "push constant '\(name)' must be a 32-bit scalar") }
            return .init(name: name, type: swift)
        }
    }

    private func specialization() -> [KernelInterface.Scalar] {
        var byID: [UInt32: KernelInterface.Scalar] = [:]
        for constant in specConstants {
            guard let id = decorations[constant.id]?[Decoration.specId], let name = names[constant.id] else { continue }
            guard case .scalar(let type)? = types[constant.type] else { continue }
            byID[id] = .init(name: name, type: type, id: id, defaultBits: constant.bits)
        }
        return byID.values.sorted { $0.id < $1.id }
    }

    private func extents() -> [KernelInterface.Extent] {
        guard !localSizeIDs.isEmpty else { return localSize }
        return localSizeIDs.map { id in
            decorations[id]?[Decoration.specId].map { .specialized(id: $0) } ?? .literal(constants[id] ?? 1)
        }
    }

    /// A literal string: UTF-8 in little-endian words, ended by a zero byte.
    private static func string(_ words: ArraySlice<UInt32>) -> String {
        let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
