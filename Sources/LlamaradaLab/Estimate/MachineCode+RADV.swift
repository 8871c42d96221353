extension MachineCode {
    /// Reads what RADV calls "Assembly": RDNA's instructions as LLVM writes them.
    ///
    /// - Parameter lanes: of the subgroup; 64 take two passes through a SIMD unit of 32.
    package static func radv(_ text: String, lanes: Int) -> MachineCode {
        var reader = RADVReader(passes: lanes > 32 ? 2 : 1)
        for line in text.split(separator: "\n") { reader.read(line) }
        return reader.code
    }
}

/// What is known while RADV's text is read.
private struct RADVReader {
    let passes: Int
    var code = MachineCode()
    private var labels: [Int: Int] = [:]
    /// Bindings by the first scalar register of their descriptors.
    private var descriptors: [Int: Int] = [:]
    /// The register that the last vector instruction wrote.
    private var written: Substring = ""

    init(passes: Int) { self.passes = passes }

    mutating func read(_ line: Substring) {
        if line.hasPrefix("BB"), let block = line.dropFirst(2).number {
            labels[block] = code.instructions.count
            return
        }
        guard line.first == "\t" else { return }
        let line = (line.firstIndex(of: ";").map { line[..<$0] } ?? line).trimmed
        let name = line.prefix { $0 != " " }
        let operands = line.dropFirst(name.count).trimmed
        guard let instruction = instruction(name, operands) else { return }
        code.instructions.append(instruction)
        if case .branch = instruction.kind, let target = operands.after("BB")?.number, let start = labels[target] {
            code.close(start)
        }
    }

    private mutating func instruction(_ name: Substring, _ operands: Substring) -> MachineInstruction? {
        if name == "s_waitcnt" { return wait(operands) }
        // 16 × 16 × 16 multiply-adds of f16, 128 a cycle (RDNA 3).
        if name.hasPrefix("v_wmma") { return MachineInstruction(.matrix, issue: 32, delay: 32) }
        if name.hasPrefix("v_") { return vector(name, operands) }
        if name.hasPrefix("ds_") { return MachineInstruction(.shared) }
        for unit in ["buffer_", "global_", "flat_", "scratch_"] where name.hasPrefix(unit) {
            return memory(name.dropFirst(unit.count), operands)
        }
        guard name.hasPrefix("s_") else { return nil }
        if name.contains(mark: "load_") { return scalarLoad(name, operands) }
        if name.contains(mark: "branch") { return MachineInstruction(.branch) }
        for word in ["s_delay_alu", "s_nop", "s_clause", "s_waitcnt", "s_inst_prefetch", "s_set_inst"]
        where name.hasPrefix(word) {
            return nil
        }
        return MachineInstruction(.scalar)
    }

    /// Vector instructions of RDNA have results after five cycles; the compiler lets others run meanwhile where it can.
    private mutating func vector(_ name: Substring, _ operands: Substring) -> MachineInstruction {
        let parts = operands.split(separator: ",", maxSplits: 1)
        let sources = parts.count > 1 ? parts[1] : ""
        let isDue = !written.isEmpty && sources.split { !$0.isLetter && !$0.isNumber }.contains(written)
        written = parts.first?.trimmed ?? ""
        let isSlow = [
            "v_rcp", "v_exp", "v_log", "v_sqrt", "v_rsq", "v_sin", "v_cos", "v_mul_lo", "v_mul_hi", "v_mad_u64",
        ]
        .contains { name.hasPrefix($0) }
        let issue = passes * (isSlow ? 4 : 1)
        let isFloat = name.contains(mark: "_f32") || name.contains(mark: "_f16")
        return MachineInstruction(
            isSlow ? .slow : isFloat ? .float : .integer, issue: issue, delay: issue + (isDue ? 4 : 0))
    }

    private func memory(_ name: Substring, _ operands: Substring) -> MachineInstruction {
        guard name.hasPrefix("load") else { return MachineInstruction(.store, issue: passes, delay: passes) }
        let binding = operands.after("s[")?.number.flatMap { descriptors[$0] }
        return MachineInstruction(
            .load(MachineLoad(byteCount(name), binding: binding, queue: .vector)), issue: passes, delay: passes)
    }

    private func byteCount(_ name: Substring) -> Int {
        if let bits = name.after("load_b")?.number { return max(1, bits / 8) }
        if let words = name.after("dwordx")?.number { return 4 * words }
        if name.contains(mark: "dword") { return 4 }
        return name.contains(mark: "byte") || name.contains(mark: "u8") || name.contains(mark: "i8") ? 1 : 2
    }

    /// Descriptors take 16 bytes each, in the order of their bindings; several at once go to neighbouring registers.
    private mutating func scalarLoad(_ name: Substring, _ operands: Substring) -> MachineInstruction {
        let target = operands.after("s[")?.number
        let bytes = byteCount(name)
        let sources = operands.split(separator: ",").map { $0.trimmed }
        if name.hasPrefix("s_buffer") {
            let binding = sources.count > 1 ? sources[1].after("s[")?.number.flatMap { descriptors[$0] } : nil
            return MachineInstruction(.load(MachineLoad(bytes, isUniform: true, binding: binding, queue: .scalar)))
        }
        let offset = sources.last.map { $0 == "null" ? 0 : $0.hexadecimal ?? -1 } ?? -1
        if let target, bytes >= 16, offset >= 0, offset % 16 == 0 {
            for index in 0..<bytes / 16 { descriptors[target + 4 * index] = offset / 16 + index }
        }
        return MachineInstruction(.load(MachineLoad(bytes, isUniform: true, queue: .scalar)))
    }

    /// Scalar loads come back in any order, so a wait for them is for all.
    private func wait(_ operands: Substring) -> MachineInstruction {
        var waits: [MachineInstruction.Wait] = []
        if let pending = operands.after("vmcnt(")?.number { waits.append(.queue(.vector, pending: pending)) }
        if operands.contains(mark: "lgkmcnt(0)") { waits.append(.queue(.scalar, pending: 0)) }
        return MachineInstruction(.scalar, issue: 0, waits: waits)
    }
}
