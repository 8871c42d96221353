import ArgumentParser
import Llamarada

/// `--exact` and `--half`: how products of prompts are computed.
struct PrecisionOption: ParsableArguments {
    /// The classes that can be asked for.
    private enum Wish: String, EnumerableFlag {
        case exact
        case half

        static func help(for value: Wish) -> ArgumentHelp? {
            switch value {
            case .exact: "Compute prompts in f32."
            case .half:
                """
                Multiply prompts in f16, with f32 sums. (default: where matrix units do it and have proved right, else \
                --exact)
                """
            }
        }
    }

    @Flag private var asked: Wish?

    /// Nil leaves it to the device.
    var wish: PrecisionClass? {
        switch asked {
        case .exact: .exact
        case .half: .half
        case nil: nil
        }
    }
}
