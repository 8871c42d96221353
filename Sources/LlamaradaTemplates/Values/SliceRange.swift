/// The `start:stop:step` of a slice, as Python reads it.
struct SliceRange {
    private let start: Int?
    private let stop: Int?
    private let step: Int

    init(_ start: TemplateValue, _ stop: TemplateValue, _ step: TemplateValue) throws(TemplateError) {
        self.start = try Self.bound(start)
        self.stop = try Self.bound(stop)
        self.step = try Self.bound(step) ?? 1
        guard self.step != 0 else { throw TemplateError(.value, "slice step cannot be zero") }
    }

    private static func bound(_ value: TemplateValue) throws(TemplateError) -> Int? {
        if case .none = value { return nil }
        guard let number = value.integer else {
            throw TemplateError(.value, "slice indices must be integers or None or have an __index__ method")
        }
        return number
    }

    /// The positions that it takes out of so many.
    func places(count: Int) -> StrideTo<Int> {
        let isForward = step > 0
        // What lies outside counts as the end, in front of the first one when going back.
        let (lowest, highest) = isForward ? (0, count) : (-1, count - 1)
        func place(_ bound: Int) -> Int {
            bound < 0 ? max(bound.addingReportingOverflow(count).partialValue, lowest) : min(bound, highest)
        }
        let from = start.map(place) ?? (isForward ? lowest : highest)
        let to = stop.map(place) ?? (isForward ? highest : lowest)
        // A step beyond the end is as good as any other there, and its sum with a position must fit.
        return stride(from: from, to: to, by: min(max(step, -(count + 1)), count + 1))
    }
}

extension StrideTo<Int> {
    /// How many positions there are.
    var count: Int { underestimatedCount }
}

extension TemplateText {
    /// The code point at an index, from the end where that is negative.
    func character(at index: Int) -> TemplateText? {
        let starts = starts
        let place = index < 0 ? index + starts.count - 1 : index
        guard place >= 0, place < starts.count - 1 else { return nil }
        return TemplateText(bytes: bytes[starts[place]..<starts[place + 1]])
    }

    func slice(_ range: SliceRange) -> TemplateText {
        let starts = starts
        let places = range.places(count: starts.count - 1)
        return TemplateText(bytes: places.flatMap { bytes[starts[$0]..<starts[$0 + 1]] })
    }
}
