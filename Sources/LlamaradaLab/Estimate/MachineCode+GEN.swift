extension MachineCode {
    /// Reads what ANV calls "GEN Assembly": Intel's instructions, with the dependences that its compiler wrote beside.
    ///
    /// - Parameter lanes: of one of a vector engine's units.
    package static func gen(_ text: String, lanes: Int) -> MachineCode {
        var reader = GENReader(lanes: lanes)
        var pending: Substring?
        for line in text.split(separator: "\n") {
            // What a message means stands on a line of its own behind it.
            if let message = pending {
                pending = nil
                reader.read(message.trimmed, line.contains(mark: "MsgDesc") ? line : "")
                if line.contains(mark: "MsgDesc") { continue }
            }
            if line.hasPrefix("send") || line.contains(mark: ") send") { pending = line } else { reader.read(line, "") }
        }
        if let pending { reader.read(pending, "") }
        return reader.code
    }
}

/// What is known while ANV's text is read.
private struct GENReader {
    let lanes: Int
    var code = MachineCode()
    private var labels: [Int: Int] = [:]

    init(lanes: Int) { self.lanes = max(1, lanes) }

    mutating func read(_ line: Substring, _ message: Substring) {
        if line.hasPrefix("LABEL"), let label = line.dropFirst(5).number {
            labels[label] = code.instructions.count
            return
        }
        guard line.contains(mark: "{") || !message.isEmpty else { return }
        var text = line
        if text.hasPrefix("(") { text = (text.after(")") ?? "").trimmed }
        let name = text.prefix { $0.isLetter }
        guard !name.isEmpty else { return }
        let width = text.after("(")?.number ?? 1
        let notes = message.isEmpty ? line : message
        code.instructions.append(instruction(name, text, width, message, notes))
        if name == "while", let label = text.after("LABEL")?.number, let start = labels[label] { code.close(start) }
    }

    private func instruction(
        _ name: Substring, _ text: Substring, _ width: Int, _ message: Substring, _ notes: Substring
    ) -> MachineInstruction {
        let (waits, token) = dependences(notes)
        if name.hasPrefix("send") {
            return MachineInstruction(kind(message, width), waits: waits, token: token)
        }
        // Eight rows of as many results as there are lanes, 16 columns deep; 64 multiply-adds a cycle for 8 lanes.
        if name == "dpas" { return MachineInstruction(.matrix, issue: 16, delay: 16, waits: waits, token: token) }
        if name == "sync" { return MachineInstruction(.scalar, issue: 0, delay: stall(notes), waits: waits) }
        if ["if", "else", "endif", "while", "break", "cont", "halt", "goto", "join"].contains(name) {
            return MachineInstruction(.branch, waits: waits)
        }
        let issue = max(1, width / lanes) * (name == "math" ? 4 : 1)
        return MachineInstruction(
            name == "math" ? .slow : isFloat(text) ? .float : .integer, issue: issue, delay: issue + stall(notes),
            waits: waits)
    }

    private func kind(_ message: Substring, _ width: Int) -> MachineInstruction.Kind {
        if message.contains(mark: "slm") { return .shared }
        guard let form = message.after("( load"), form.hasPrefix(",") || form.hasPrefix("_") else {
            return message.contains(mark: "( store") ? .store : .shared
        }
        let element = form.after(", d")?.number.map { $0 / 8 } ?? 4
        let count = form.after(", V")?.number ?? 1
        // Bindings follow the one of the driver's own.
        let binding = message.after("BTI ")?.number.map { $0 - 1 }
        return .load(MachineLoad(element * count, isUniform: form.contains(mark: "transpose"), binding: binding))
    }

    /// The type of the result stands behind its region.
    private func isFloat(_ text: Substring) -> Bool {
        guard let type = text.after(">") else { return false }
        return type.hasPrefix("F") || type.hasPrefix("HF")
    }

    /// `$3` names a result, `$3.dst` waits for it; `$3.src` is read by then.
    private func dependences(_ notes: Substring) -> ([MachineInstruction.Wait], Int?) {
        var waits: [MachineInstruction.Wait] = []
        var token: Int?
        var rest = notes
        while let next = rest.after("$") {
            let digits = next.prefix { $0.isNumber }
            rest = next.dropFirst(digits.count)
            guard let number = Int(digits) else { continue }
            if rest.hasPrefix(".dst") {
                waits.append(.token(number))
            } else if !rest.hasPrefix(".src") {
                token = number
            }
        }
        return (waits, token)
    }

    /// A result of one of the last two instructions is waited for: about six cycles behind it.
    private func stall(_ notes: Substring) -> Int {
        ["F@1", "I@1", "A@1", "L@1", " @1"].contains { notes.contains(mark: $0) }
            ? 5 : ["F@2", "I@2", "A@2", "L@2", " @2"].contains { notes.contains(mark: $0) } ? 2 : 0
    }
}
