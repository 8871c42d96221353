import LlamaradaDevice
import LlamaradaTensors

extension WeightMatrix {
    /// The matrix in the shards that the device's limits ask for, never filled.
    init(outlining tensor: TensorDescription, on device: Device) throws(DeviceError) {
        try self.init(
            outlining: tensor.elementType, joining: [tensor.rowCount], columns: tensor.columnCount, name: tensor.name,
            on: device)
    }
}
