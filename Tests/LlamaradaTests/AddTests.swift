import Llamarada
import LlamaradaDevice
import Testing

@Test func addOnDevice() throws {
    let device = try Device()
    for n in [1, 31, 257, 5000] {
        let a = try device.allocate(Float.self, count: n, name: "a")
        let b = try device.allocate(Float.self, count: n, name: "b")
        let c = try device.allocate(Float.self, count: n, name: "c")
        let x = (0..<n).map { Float($0) }
        try device.upload(x, to: a)
        try device.upload(x, to: b)
        var pass = Pass(device)
        pass.add(a, b, into: c)
        try device.run(pass)
        #expect(try device.download(c) == x.map { 2 * $0 })
    }
}
