/// What a dispatch does, as its host half declares it: floating-point operations and bytes of memory traffic.
package struct Cost: Sendable, Equatable {
    /// Multiplications and additions counted one each.
    package var flops: Int
    /// Bytes read, each distinct byte once.
    package var bytesRead: Int
    /// Bytes written.
    package var bytesWritten: Int

    package init(flops: Int = 0, bytesRead: Int = 0, bytesWritten: Int = 0) {
        self.flops = flops
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
    }

    package var bytes: Int { bytesRead + bytesWritten }

    package static func + (a: Cost, b: Cost) -> Cost {
        Cost(
            flops: a.flops + b.flops, bytesRead: a.bytesRead + b.bytesRead,
            bytesWritten: a.bytesWritten + b.bytesWritten)
    }
}
