import LlamaradaDevice

/// The turns that steps take: while one is under way, the host writes the next, and reads what the one before gave.
///
/// All that a step touches in the device's memory is ordered by the queue and the barriers that command buffers begin
/// with, so there is one of each. What the host writes or reads there is one for each turn.
final class VulkanStepTurns {
    /// Steps that may be under way at once.
    static let count = 2

    /// What `make` gives, for each turn.
    static func each<Element>(_ make: () throws(DeviceError) -> Element) throws(DeviceError) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try make()) }
        return elements
    }

    /// By turn: whether the step that has it gives the host what only one step at once can give; nil where none has it.
    private var taken = [Bool?](repeating: nil, count: count)

    /// A turn that no step has.
    ///
    /// - Parameter givesRows: whether the host gets whole rows, for which there is room once.
    func take(givesRows: Bool) -> Int {
        let turn = taken.firstIndex { $0 == nil }
        require(turn != nil, "steps", "more than \(Self.count) are under way")
        require(!givesRows || !taken.contains(true), "steps", "two under way give rows of logits")
        taken[turn ?? 0] = givesRows
        return turn ?? 0
    }

    func giveBack(_ turn: Int) { taken[turn] = nil }
}
