import Llamarada
package import LlamaradaDevice

/// What one operation of a timed pass was, as plain data.
package struct TimedOperation: Sendable, Equatable {
    /// The kernel and its variant, such as "MatVec q4_1", or "copy".
    package var kernel: String
    /// The sizes as a person names them, without the depth.
    package var shape: String
    /// Cached positions that the operation sees, where its shape names them.
    package var depth: Int?
    /// Where in the model, such as "layer 3".
    package var scope: String
    package var cost: Cost

    package init(kernel: String, shape: String, depth: Int? = nil, scope: String, cost: Cost) {
        self.kernel = kernel
        self.shape = shape
        self.depth = depth
        self.scope = scope
        self.cost = cost
    }

    private init(_ dispatch: Pass.Dispatch) {
        let at = dispatch.shape.range(ofText: " @ ")
        let depth = at.flatMap { Int(dispatch.shape[$0.upperBound...]) }
        self.init(
            kernel: dispatch.pipeline.name,
            shape: depth == nil ? dispatch.shape : at.map { String(dispatch.shape[..<$0.lowerBound]) } ?? "",
            depth: depth, scope: dispatch.scope, cost: dispatch.cost)
    }

    /// The operations of a pass. A copy has no scope of its own: it brings data to the dispatch that follows, or, at the
    /// end, from the one before.
    package static func list(_ operations: [Pass.Operation]) -> [TimedOperation] {
        var list: [TimedOperation] = []
        var scope =
            operations.lazy.compactMap { if case .dispatch(let last) = $0 { last.scope } else { nil } }.last ?? ""
        for operation in operations.reversed() {
            switch operation {
            case .dispatch(let dispatch):
                list.append(TimedOperation(dispatch))
                scope = dispatch.scope
            case .copy(let source, _):
                list.append(
                    TimedOperation(
                        kernel: "copy", shape: "\(source.byteCount) bytes", scope: scope, cost: operation.cost))
            }
        }
        return list.reversed()
    }
}

extension String {
    /// Where `text` first occurs.
    fileprivate func range(ofText text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
