import Foundation
import LlamaradaLab

extension Checks {
    /// With LLAMARADA_FEW_TYPES=1, by which tools/test runs the kernels with subgroups of other sizes, only types that stand for
    /// the others: how blocks are unpacked has nothing to do with the size of a subgroup, and how lanes share a row depends on
    /// the columns of a step (`WeightPacking`), each number of which is among these.
    private static let standing: Set<String>? =
        ProcessInfo.processInfo.environment["LLAMARADA_FEW_TYPES"] == "1"
        ? ["F32", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K"] : nil

    /// Those of an operation on weights that run here.
    static func represented(of operation: String) -> [CheckCase] {
        cases(of: operation).filter { check in
            standing?.contains(String(check.variant.prefix { $0 != "," })) ?? true
        }
    }
}
