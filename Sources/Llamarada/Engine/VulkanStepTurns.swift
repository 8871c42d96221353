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

    private var isTaken = [Bool](repeating: false, count: count)

    /// A turn that no step has.
    func take() -> Int {
        let turn = isTaken.firstIndex(of: false)
        require(turn != nil, "steps", "more than \(Self.count) are under way")
        isTaken[turn ?? 0] = true
        return turn ?? 0
    }

    func giveBack(_ turn: Int) { isTaken[turn] = false }

    /// Whether no step is under way.
    var areFree: Bool { !isTaken.contains(true) }
}
