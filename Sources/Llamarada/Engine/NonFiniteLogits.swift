import LlamaradaDevice
import LlamaradaErrors
package import LlamaradaTensors
import LlamaradaThreads
import Synchronization

/// Logits that are NaN or infinite: nothing that is made of them means anything.
///
/// What engines throw as soon as they see some; `cause(in:)` finds out whether the file or the computation is to blame.
package struct NonFiniteLogits: Error {
    /// What they are.
    package static let name = "the logits are not finite (NaN or infinity)"

    package init() {}

    /// Throws where one of `logits` is NaN or infinite.
    package static func check(_ logits: some Sequence<Float>) throws(NonFiniteLogits) {
        // 0 · x is NaN for what is not finite, and 0 for all else; a sum without branches is a fast one.
        guard logits.reduce(0, { $0 + $1 * 0 }) == 0 else { throw NonFiniteLogits() }
    }

    /// Why: a `CheckpointError` that names the first tensor of `file` with such a value, or a `DeviceError`.
    package func cause(in file: GGUFFile) -> any Error {
        do {
            guard let place = try file.firstNonFiniteWeight() else { return Self.computation }
            return CheckpointError(
                .invalid, file: file.path,
                problem: "\(Self.name), because tensor \(place.tensor.quoted()) holds \(place.value) at element "
                    + "\(place.element)",
                remedy: .fetchAgain)
        } catch {
            return error
        }
    }

    private static let computation = DeviceError(
        .failed,
        "The logits are not finite (NaN or infinity), though every weight of the file is: values of this model exceed what f32 holds, or the device or its driver computes wrongly",
        remedy: .checkDeviceAndCompare)
}

/// Runs `body`; where it meets logits that are not finite, throws why instead.
package func explainingNonFiniteLogits<Result>(of file: GGUFFile, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as NonFiniteLogits { throw error.cause(in: file) }
}

extension GGUFFile {
    /// A weight that is NaN or infinite.
    package struct NonFiniteWeight: Sendable, Equatable {
        /// The tensor's name.
        package var tensor: String
        /// Its place in the tensor, row after row.
        package var element: Int
        package var value: Float
    }

    /// The first NaN or infinity among the weights, in the order of the file; nil where there is none.
    package func firstNonFiniteWeight() throws -> NonFiniteWeight? {
        for tensor in tensors {
            let rowsPerPart = max(1, (1 << 20) / max(1, tensor.columnCount))
            let parts = (tensor.rowCount + rowsPerPart - 1) / rowsPerPart
            let found = try Workers(Workers.processorCount).firstMatch(parts) { part -> NonFiniteWeight? in
                let rows = part * rowsPerPart..<min(tensor.rowCount, (part + 1) * rowsPerPart)
                let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows.count * tensor.columnCount)
                defer { values.deallocate() }
                try FileRows(self, tensor).dequantize(rows, into: values)
                guard let index = values.firstIndex(where: { !$0.isFinite }) else { return nil }
                return NonFiniteWeight(
                    tensor: tensor.name, element: rows.lowerBound * tensor.columnCount + index, value: values[index])
            }
            if let found { return found }
        }
        return nil
    }
}

extension Workers {
    /// What `body` gives for the lowest index that it gives something for.
    func firstMatch<Match: Sendable>(_ pieces: Int, _ body: @Sendable (Int) throws -> Match?) throws -> Match? {
        let found = Mutex<(piece: Int, match: Match)?>(nil)
        try forEach(pieces) { piece in
            if let earlier = found.withLock({ $0?.piece }), earlier < piece { return }
            guard let match = try body(piece) else { return }
            found.withLock { if piece < $0?.piece ?? pieces { $0 = (piece, match) } }
        }
        return found.withLock { $0?.match }
    }
}
