/// A range of bytes of a buffer, as a kernel's binding sees it.
package struct BufferView {
    package var buffer: Buffer
    package var byteOffset: Int
    package var byteCount: Int

    package init(buffer: Buffer, byteOffset: Int, byteCount: Int) {
        precondition(
            byteOffset >= 0 && byteCount >= 0 && byteOffset + byteCount <= buffer.byteCount,
            "a view of bytes \(byteOffset) to \(byteOffset + byteCount) of '\(buffer.name)', which has \(buffer.byteCount)"
        )
        self.buffer = buffer
        self.byteOffset = byteOffset
        self.byteCount = byteCount
    }
}

/// A typed range of a buffer: `count` elements.
package struct View<Element: BitwiseCopyable> {
    package var view: BufferView

    package init(_ view: BufferView) { self.view = view }

    /// Number of whole elements.
    package var count: Int { view.byteCount / MemoryLayout<Element>.stride }

    /// Elements `range` of this view.
    package subscript(range: Range<Int>) -> View {
        let stride = MemoryLayout<Element>.stride
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "elements \(range) of a view of \(count)")
        return View(
            BufferView(
                buffer: view.buffer, byteOffset: view.byteOffset + range.lowerBound * stride,
                byteCount: range.count * stride))
    }

    /// From the first of some views to the end of the last; nil where they do not all lie in one buffer.
    package static func covering(_ views: [View]) -> View? {
        guard let buffer = views.first?.view.buffer, views.allSatisfy({ $0.view.buffer === buffer }) else { return nil }
        let start = views.map(\.view.byteOffset).min() ?? 0
        let end = views.map { $0.view.byteOffset + $0.view.byteCount }.max() ?? 0
        return View(BufferView(buffer: buffer, byteOffset: start, byteCount: end - start))
    }

    /// The same bytes as elements of another type.
    package func bound<Other>(to type: Other.Type) -> View<Other> { View<Other>(view) }
}

/// A binding that a kernel only reads.
package struct Read<Element: BitwiseCopyable> {
    package var view: BufferView

    package static func read(_ source: View<Element>) -> Read { Read(view: source.view) }
}

/// A binding that a kernel only writes.
package struct Write<Element: BitwiseCopyable> {
    package var view: BufferView

    package static func write(_ target: View<Element>) -> Write { Write(view: target.view) }
}

/// A binding that a kernel reads and writes.
package struct ReadWrite<Element: BitwiseCopyable> {
    package var view: BufferView

    package static func readWrite(_ target: View<Element>) -> ReadWrite { ReadWrite(view: target.view) }
}

extension Device {
    /// A new buffer of `count` elements in the device's own memory, or in another that it reads.
    package func allocate<Element>(
        _ type: Element.Type, count: Int, name: String, in placement: Buffer.Placement = .device
    ) throws(DeviceError) -> View<Element> {
        let byteCount = try byteCount(of: type, count: count, name: name)
        let buffer = try Buffer(self, byteCount: byteCount, placement: placement, name: name)
        return View(BufferView(buffer: buffer, byteOffset: 0, byteCount: byteCount))
    }
}
