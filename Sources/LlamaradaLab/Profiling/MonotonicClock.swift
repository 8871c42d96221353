import Glibc
import Llamarada

/// CLOCK_MONOTONIC, the clock that calibrated device timestamps are related to.
package enum MonotonicClock {
    /// Nanoseconds since some fixed moment.
    package static func nanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
