/// A moment by somebody's clock, for templates that tell the model what day it is.
public struct TemplateDate: Sendable, Hashable {
    /// Of the Gregorian calendar, from 1 to 9999.
    public let year: Int
    /// From 1 to 12.
    public let month: Int
    /// From 1 to 31.
    public let day: Int
    /// From 0 to 23.
    public let hour: Int
    /// From 0 to 59.
    public let minute: Int
    /// From 0 to 60.
    public let second: Int
    /// From 0 to 999,999.
    public let microsecond: Int

    /// Makes a moment of its parts, each the nearest that there is.
    public init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        self.year = min(max(year, 1), 9999)
        self.month = min(max(month, 1), 12)
        self.day = min(max(day, 1), 31)
        self.hour = min(max(hour, 0), 23)
        self.minute = min(max(minute, 0), 59)
        self.second = min(max(second, 0), 60)
        self.microsecond = min(max(microsecond, 0), 999_999)
    }
}
