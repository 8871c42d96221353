import ArgumentParser
import Llamarada

/// `--exact`, `--half` and `--fast-int8`: how prompts are computed.
struct PrecisionOption: ParsableArguments {
    /// The classes that can be asked for.
    private enum Wish: String, EnumerableFlag {
        case exact
        case half
        case fastInt8

        static func help(for value: Wish) -> ArgumentHelp? {
            switch value {
            case .exact: "Compute prompts in f32."
            case .half:
                """
                Multiply prompts, and attend in them, in f16 with f32 sums. (default: where matrix units do it and have proved right, else \
                --exact)
                """
            case .fastInt8:
                "Multiply prompts in integers, activations rounded to 8 bits: faster where there are no matrix units, and less exact."
            }
        }
    }

    @Flag private var asked: Wish?

    /// Nil leaves it to the device.
    var wish: PrecisionClass? {
        switch asked {
        case .exact: .exact
        case .half: .half
        case .fastInt8: .int8
        case nil: nil
        }
    }
}
