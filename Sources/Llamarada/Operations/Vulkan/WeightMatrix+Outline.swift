import LlamaradaDevice
import LlamaradaTensors

extension WeightMatrix {
    /// The matrix in the shards that the device's limits ask for, never filled.
    init(outlining tensor: TensorDescription, on device: Device) throws(DeviceError) {
        elementType = tensor.elementType
        rows = tensor.rowCount
        columns = tensor.columnCount
        var shards: [Shard] = []
        let ranges = try Self.partition(elementType, rows: rows, columns: columns, name: tensor.name, on: device)
        for range in ranges {
            let layout = WeightLayout(elementType, rows: range.count, columns: columns)
            let words = try device.allocate(UInt32.self, count: layout.byteCount / 4, name: tensor.name)
            shards.append(Shard(firstRow: range.lowerBound, layout: layout, words: words))
        }
        self.shards = shards
    }
}
