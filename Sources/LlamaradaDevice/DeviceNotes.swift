import Glibc

extension PipelineCacheFile {
    /// A file beside that of the pipelines, for what was found out about this device and version of its driver; nil
    /// where there is no place to keep it.
    package init?(notes kind: String, of device: DeviceDescription) {
        guard let directory = Self.directory({ getenv($0).map { String(cString: $0) } }) else { return nil }
        let identity = "\(device.vendorID) \(device.deviceID) \(device.name) \(device.driver) \(device.driverInfo)"
        self.init(directory: directory, name: "\(kind)-\(String(Self.hash(identity.utf8), radix: 16)).bin")
    }
}
