import Llamarada
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaText

extension TimedTransformer {
    /// Measures a request without timestamps, overlapped, and serialised.
    ///
    /// - Parameter progress: called before each of the parts with its name.
    /// - Throws: `DeviceError`, `.unsupported` where the device has no timestamps; `ProfileError` where profiling changed
    ///   the chosen tokens.
    package func profile(_ request: ProfileRequest, progress: (String) -> Void = { _ in }) throws -> Profile {
        try model.device.requireTimestamps()
        progress("measuring the device's peaks")
        let peaks = try DevicePeaks(model.device)
        if request.depth > 0 {
            progress("filling the cache")
            let filler = SyntheticTokens.list(request.depth, vocabularySize: model.configuration.vocabularySize)
            _ = try model.greedy(after: filler, at: 0)
        }
        progress("running without timestamps")
        let plain = try plainRun(request)
        var measurements: [Profile.Measurement] = []
        for mode in [TimingMode.overlapped, .serialized] {
            progress("running with timestamps, \(mode.rawValue)")
            let measurement = Profile.Measurement(mode: mode, steps: try timedRun(request, mode))
            try Self.check(measurement, chose: plain.tokens)
            measurements.append(measurement)
        }
        progress("measuring what timestamps cost")
        let overheads =
            request.overheadPairs > 0
            ? try [TimingMode.overlapped, .serialized].map { try overhead(request, $0) } : []
        progress("measuring the device's peaks again")
        // What else runs on the machine at one time may be gone at another.
        let laterPeaks = try DevicePeaks(model.device)
        return Profile(
            request: request, peaks: peaks.best(with: laterPeaks), plain: plain, measurements: measurements,
            overheads: overheads)
    }

    /// The token that decoding starts from where there is no prompt.
    private var firstToken: Int32 { SyntheticTokens.list(1, vocabularySize: model.configuration.vocabularySize)[0] }

    private func plainRun(_ request: ProfileRequest) throws -> Profile.Plain {
        var tokens: [Int32] = []
        let start = MonotonicClock.nanoseconds()
        if !request.prompt.isEmpty { tokens.append(try model.greedy(after: request.prompt, at: request.depth)) }
        let decodeStart = MonotonicClock.nanoseconds()
        for index in 0..<request.decoded {
            let position = request.depth + request.prompt.count + index
            tokens.append(try model.greedy(after: [tokens.last ?? firstToken], at: position))
        }
        return Profile.Plain(
            promptSeconds: (decodeStart - start) / 1e9,
            decodeSeconds: (MonotonicClock.nanoseconds() - decodeStart) / 1e9, tokens: tokens)
    }

    private func timedRun(_ request: ProfileRequest, _ mode: TimingMode) throws -> [TimedStep] {
        var steps: [TimedStep] = []
        if !request.prompt.isEmpty {
            steps = try timedGreedy(after: request.prompt, at: request.depth, phase: .prompt, mode: mode)
        }
        for index in 0..<request.decoded {
            let position = request.depth + request.prompt.count + index
            let last = steps.last?.chosen ?? firstToken
            steps += try timedGreedy(after: [last], at: position, phase: .decode, mode: mode)
        }
        return steps
    }

    private static func check(_ measurement: Profile.Measurement, chose expected: [Int32]) throws(ProfileError) {
        let found = measurement.steps.compactMap(\.chosen)
        guard found != expected else { return }
        let index = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
        throw ProfileError(
            code: .unequalTokens,
            problem:
                "With timestamps (\(measurement.mode.rawValue)) token \(index) was another than without: the device or its driver computes differently from run to run",
            remedy: .checkDevice)
    }

    /// Alternated pairs of the same decode steps; which comes first changes from pair to pair, so that a machine which
    /// slows down or speeds up favours neither.
    private func overhead(_ request: ProfileRequest, _ mode: TimingMode) throws -> ProfilingOverhead {
        let position = request.depth + request.prompt.count + max(1, request.decoded) - 1
        func time(_ mode: TimingMode?, _ count: Int) throws -> Double {
            try (0..<count).reduce(0) { sum, _ in
                let host = try timedGreedy(after: [firstToken], at: position, phase: .decode, mode: mode)[0].host
                return sum + host.readEnd - host.start
            }
        }
        // A side of a pair is at least 50 ms, for the scheduler's sake, and at most 16 steps. The first of each kind is
        // recorded here.
        _ = try (time(nil, 1), time(mode, 1))
        let count = min(16, max(1, Int(50e6 / (try time(nil, 1)))))
        let ratios = try (0..<request.overheadPairs).map { pair in
            if pair % 2 == 0 {
                let with = try time(mode, count)
                return with / (try time(nil, count))
            }
            let without = try time(nil, count)
            return try time(mode, count) / without
        }
        return ProfilingOverhead(mode: mode, ratios: ratios)
    }
}
