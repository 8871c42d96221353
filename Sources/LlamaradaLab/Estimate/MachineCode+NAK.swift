extension MachineCode {
    /// Reads what NVK calls "NAK assembly": NVIDIA's instructions as Mesa's compiler writes them, with the cycles and
    /// barriers that it chose.
    package static func nak(_ text: String) -> MachineCode {
        var reader = NAKReader()
        for line in text.split(separator: "\n") { reader.read(line) }
        return reader.blocks.code
    }
}

/// What is known while NAK's text is read.
private struct NAKReader {
    private(set) var blocks = BasicBlocks()
    /// Which binding an address in a register belongs to.
    private var bindings: [Substring: Int] = [:]

    mutating func read(_ line: Substring) {
        if line.hasPrefix("block") {
            if let number = line.dropFirst(5).drop(while: { $0 != " " }).trimmed.number { blocks.begin(number) }
        } else if line.hasPrefix("}") {
            guard let targets = line.after("[") else { return }
            blocks.end(successors: targets.split { !$0.isNumber }.compactMap { Int($0) })
        } else if let note = line.after("//"), let end = line.firstIndex(of: "/") {
            read(line[..<end].trimmed, note)
        }
    }

    private mutating func read(_ text: Substring, _ note: Substring) {
        let target: Substring
        var rest: Substring
        if let value = text.after(" = ") {
            (target, rest) = (text.prefix { $0 != "=" }.trimmed, value.trimmed)
        } else {
            (target, rest) = ("", text)
        }
        if rest.hasPrefix("@") { rest = rest.drop { $0 != " " }.trimmed }
        let name = rest.prefix { $0 != " " }
        guard name != "nop", let kind = kind(name, rest, target) else { return }
        // Of f16 with f32 sums 64 multiply-adds a cycle and quarter of a multiprocessor, on GeForce cards: m16n8k16 is 2048.
        let issue = kind == .matrix ? (name.contains(mark: "k8") ? 16 : 32) : 1
        blocks.append(
            MachineInstruction(
                kind, issue: issue, delay: note.after("delay=")?.number ?? 1, waits: waits(note),
                token: note.after("wr:")?.number))
        follow(target, rest, isLoad: name.hasPrefix("ld"))
    }

    /// Six bits, the lowest last.
    private func waits(_ note: Substring) -> [MachineInstruction.Wait] {
        let bits = Array(note.after("wt=")?.prefix { $0 == "0" || $0 == "1" } ?? "")
        return bits.indices.filter { bits[$0] == "1" }.map { .token(bits.count - 1 - $0) }
    }

    private func kind(_ name: Substring, _ text: Substring, _ target: Substring) -> MachineInstruction.Kind? {
        if name.hasPrefix("ld.global") {
            let address = text.after("[").map(register) ?? ""
            return .load(MachineLoad(byteCount(name), isUniform: false, binding: bindings[address]))
        }
        if name.hasPrefix("st.global") || name.hasPrefix("atom") { return .store }
        if name.hasPrefix("ld.") || name.hasPrefix("st.") || name.hasPrefix("ldc") || name.hasPrefix("bar") {
            return .shared
        }
        for word in ["bra", "bssy", "bsync", "bclear", "exit", "warpsync", "brk", "break"] where name.hasPrefix(word) {
            return .branch
        }
        for word in ["i2f", "f2f", "f2i", "i2i", "mufu", "s2r", "popc", "shfl"] where name.hasPrefix(word) {
            return .slow
        }
        if name.hasPrefix("hmma") { return .matrix }
        if target.hasPrefix("u") { return .scalar }
        for word in ["fadd", "fmul", "ffma", "fmnmx", "fset", "hadd", "hmul", "hfma"] where name.hasPrefix(word) {
            return .float
        }
        return .integer
    }

    private func byteCount(_ name: Substring) -> Int {
        if let bits = name.after(".b")?.number { return bits / 8 }
        return name.contains(mark: "8") ? 1 : 2
    }

    private func register(_ text: Substring) -> Substring { text.prefix { $0.isLetter || $0.isNumber } }

    /// Addresses are sums with a descriptor's two words, of 16 bytes a binding in the second bank of constants.
    private mutating func follow(_ target: Substring, _ text: Substring, isLoad: Bool) {
        guard let target = target.split(separator: " ").first.map(register), !target.isEmpty else { return }
        bindings[target] = nil
        if let offset = text.after("c[0x1][")?.hexadecimal {
            bindings[target] = offset / 16
        } else if !isLoad {
            let sources = text.split { !$0.isLetter && !$0.isNumber }
            bindings[target] = sources.compactMap { bindings[$0] }.first
        }
    }
}
