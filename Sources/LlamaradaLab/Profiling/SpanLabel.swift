import Llamarada
package import LlamaradaDevice

/// What ran in one span: one operation, or several that were timed together.
package struct SpanLabel: Sendable, Equatable {
    /// Such as "MatVec q4_1", "MatVec q4_1 ×3" or "RoPE ×2 + CacheWrite f16".
    package var kernel: String
    /// Such as "(576, 576)" or "(576, 576), (192, 576) ×2".
    package var shape: String
    /// The largest depth that an operation names.
    package var depth: Int?
    /// Of the first operation.
    package var scope: String
    package var cost: Cost

    /// The kernels without their variants and counts.
    package var stem: String { Self.stem(of: kernel) }

    /// The kernels of a label without their variants and counts, each once.
    package static func stem(of kernel: String) -> String {
        var stems: [String] = []
        for part in kernel.split(separator: " + ") {
            let stem = String(part.prefix { $0 != " " })
            if !stems.contains(stem) { stems.append(stem) }
        }
        return stems.joined(separator: " + ")
    }

    package init(_ operations: some Collection<TimedOperation>) {
        kernel = Self.counted(operations.map(\.kernel), separator: " + ")
        shape = Self.counted(operations.map(\.shape), separator: ", ")
        depth = operations.compactMap(\.depth).max()
        scope = operations.first?.scope ?? ""
        cost = operations.reduce(Cost()) { $0 + $1.cost }
    }

    /// Each different name once, with how often it occurs.
    private static func counted(_ names: [String], separator: String) -> String {
        var order: [String] = []
        var counts: [String: Int] = [:]
        for name in names {
            counts[name, default: 0] += 1
            if counts[name] == 1 { order.append(name) }
        }
        return order.map { name in
            let count = counts[name] ?? 1
            return count > 1 ? "\(name) ×\(count)" : name
        }.joined(separator: separator)
    }
}
