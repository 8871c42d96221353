package import Llamarada
import LlamaradaDevice
import LlamaradaTensors

/// A model's operations one at a time on its device, each by what records it in a forward pass, between buffers of its own
/// that hold NaN beforehand: elements that a kernel leaves out show.
package struct VulkanReplay: OperationReplay {
    private let model: VulkanEngine
    private var device: Device { model.device }

    package init(_ model: VulkanTransformer) { self.model = model.engine }

    package func replay(_ operation: Operation, _ input: ReplayInput, as point: TapPoint) throws -> Matrix {
        let tokens = try upload(input.step.tokens.map { UInt32(bitPattern: $0) }, "replayed tokens")
        let rows = input.step.positions.count
        let decoding = rows == 1 ? 1 : 0
        // A cache of the pass's rows alone, or for attention all there is.
        var positions = input.step.positions
        var (depth, keys, values) = ((positions.last ?? 0) + 1, [UInt32](), [UInt32]())
        switch operation {
        case .cacheWrite:
            (positions, depth) = (Array(0..<rows), rows)
            let heads = rows * input.matrices[0].columns / model.cache.headDim
            keys = Self.poison(heads * model.cache.keyType.wordCount(headDim: model.cache.headDim))
            values = Self.poison(heads * model.cache.valueType.wordCount(headDim: model.cache.headDim))
        case .attention:
            keys = CachedValues.words(input.keys, model.cache.keyType, headDim: model.cache.headDim)
            values = CachedValues.words(input.values, model.cache.valueType, headDim: model.cache.headDim)
        default: break
        }
        let (keyWords, valueWords) = (try upload(keys, "replayed keys"), try upload(values, "replayed values"))
        let pages = Array(0..<UInt32(Grid.divideRoundingUp(depth, model.capacity.pageSize)))
        var operations = model.operations(
            Pass(device),
            step: VulkanStep(
                tokens: tokens,
                cacheRows: CacheRows(
                    positions: try upload(positions.map { UInt32($0) }, "replayed positions"),
                    tables: try upload([UInt32](repeating: 0, count: rows), "replayed page tables' starts"),
                    pages: try upload(pages, "replayed page table"), pageSize: model.capacity.pageSize),
                decoding: decoding, depth: depth),
            cache: { [cache = model.cache] side, _ in
                side == .keys
                    ? .init(words: keyWords, type: cache.keyType, headDim: cache.headDim)
                    : .init(words: valueWords, type: cache.valueType, headDim: cache.headDim)
            },
            room: { _, rows, columns in
                try upload([Float](repeating: .nan, count: rows * columns), "replayed output")
            })
        let inputs = try input.matrices.map {
            VulkanTensor(rows: $0.rows, decoding: decoding, view: try upload($0.values, "replayed input"))
        }
        let result = try operations.apply(operation, inputs, as: point)
        return try operations.read(result)
    }

    private func upload<Element: BitwiseCopyable>(_ values: [Element], _ name: String) throws -> View<Element> {
        let view = try device.allocate(Element.self, count: values.count, name: name)
        try device.upload(values, to: view)
        return view
    }

    /// NaN as one f32 or two f16 values.
    private static func poison(_ count: Int) -> [UInt32] { [UInt32](repeating: 0x7FFF_7FFF, count: count) }
}
