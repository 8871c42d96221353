import LlamaradaDevice
import LlamaradaTensors

/// Tensors that are loaded together: one alone, or matrices of a layer that multiply the same vector and are joined, so
/// that one dispatch multiplies all of them.
struct WeightGroup {
    private(set) var names: [WeightName]
    private(set) var tensors: [TensorDescription]

    /// Matrices that multiply the same vector.
    private static let together: [Set<WeightKind>] = [[.query, .key, .value], [.gate, .up]]

    /// All tensors of a model in their order. Neighbours of one kind, type and placement that fit a binding are joined.
    static func all(
        of tensors: ModelTensors, _ placement: WeightPlacement, on device: Device
    ) throws(DeviceError) -> [WeightGroup] {
        var groups: [WeightGroup] = []
        for (name, tensor) in tensors.all {
            let next = WeightGroup(names: [name], tensors: [tensor])
            if let last = groups.last, placement[last.names[0]] == placement[name], try last.canJoin(next, on: device) {
                groups[groups.count - 1].names.append(name)
                groups[groups.count - 1].tensors.append(tensor)
            } else {
                groups.append(next)
            }
        }
        return groups
    }

    private func canJoin(_ other: WeightGroup, on device: Device) throws(DeviceError) -> Bool {
        guard !isVector, !other.isVector, elementType == other.elementType, columns == other.columns,
            let (first, second) = names.first.flatMap({ first in other.names.first.map { (first, $0) } }),
            first.layer == second.layer,
            Self.together.contains(where: { $0.contains(first.kind) && $0.contains(second.kind) })
        else { return false }
        return try WeightMatrix.canJoin(
            elementType, rows: rows + other.rows, columns: columns, name: name, on: device)
    }

    var isVector: Bool { tensors[0].shape.count == 1 }
    var elementType: ElementType { tensors[0].elementType }
    var columns: Int { tensors[0].columnCount }
    /// Of each matrix.
    var rows: [Int] { tensors.map(\.rowCount) }
    /// As the file holds them.
    var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
    var name: String { tensors.map(\.name).joined(separator: " | ") }
}
