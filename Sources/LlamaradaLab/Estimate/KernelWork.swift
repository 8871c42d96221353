package import LlamaradaDevice

/// One dispatch of a compiled kernel, as an estimate sees it.
package struct KernelWork: Sendable {
    package var code: MachineCode
    package var figures: PipelineFigures
    /// Lanes of a subgroup and of a workgroup.
    package var subgroup: Int
    package var workgroup: Int
    package var workgroups: Int
    /// Bytes read and written, each distinct one once.
    package var byteCount: Int
    package var readByteCount: Int
    /// Bytes that may be read, by binding.
    package let readable: [Int: Int]
    /// The bindings that bytes are streamed through: the largest, and those that are not much smaller. What is smaller
    /// is read again and again, from caches.
    package let streamed: Set<Int>
    private let knowsBindings: Bool
    /// How often the loops of a tiled product go round; nil for other kernels.
    package var tiles: TiledLoops?

    package init(
        code: MachineCode, figures: PipelineFigures, subgroup: Int, workgroup: Int, workgroups: Int, byteCount: Int,
        readByteCount: Int, readable: [Int: Int]
    ) {
        self.code = code
        self.figures = figures
        self.subgroup = max(1, subgroup)
        self.workgroup = max(1, workgroup)
        self.workgroups = workgroups
        self.byteCount = byteCount
        self.readByteCount = readByteCount
        self.readable = readable
        let largest = readable.values.max() ?? 0
        streamed = Set(readable.filter { 8 * $0.value >= largest && $0.value > 0 }.keys)
        knowsBindings = code.instructions.contains { $0.load?.binding != nil }
    }

    package var subgroupsPerWorkgroup: Int { (workgroup + subgroup - 1) / subgroup }
    package var subgroups: Int { workgroups * subgroupsPerWorkgroup }

    /// Bytes that a streamed load brings a subgroup; 0 for others.
    func streamedByteCount(_ load: MachineLoad) -> Int {
        guard isStreamed(load) else { return 0 }
        return load.isUniform ? load.byteCount : load.byteCount * subgroup
    }

    /// Where no load's binding is known, every load may be from memory.
    func isStreamed(_ load: MachineLoad) -> Bool {
        guard let binding = load.binding else { return !knowsBindings && load.queue != .scalar }
        return streamed.contains(binding)
    }
}
