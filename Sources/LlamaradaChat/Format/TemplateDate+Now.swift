import Glibc
package import LlamaradaTemplates

extension TemplateDate {
    /// This moment by the clock of the place.
    package static var now: TemplateDate {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        var parts = tm()
        var seconds = moment.tv_sec
        localtime_r(&seconds, &parts)
        return TemplateDate(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
            microsecond: moment.tv_nsec / 1000)
    }
}
