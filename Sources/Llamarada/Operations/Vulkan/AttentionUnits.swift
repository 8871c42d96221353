package import LlamaradaDevice
import LlamaradaShaders

/// Attention of prompts in the half class by a device's matrix units, which serves only after it agreed with that of the plain
/// kernel.
package enum AttentionUnits {
    /// What is known of them without running anything.
    package static func known(_ device: Device) -> KernelProof {
        isCandidate(device) ? KernelProof.known(kind, version: version, of: device) : .absent
    }

    /// Whether they serve, tested now if that was not done with this driver before.
    package static func prove(_ device: Device) throws -> KernelProof {
        let known = known(device)
        guard known == .untested else { return known }
        return try KernelProof.look(kind, version: version, on: device) { try agree($0) }
    }

    private static let kind = "matrix-attention"
    /// Of what is kept; other kernels take another.
    private static let version: UInt8 = 1

    private static func isCandidate(_ device: Device) -> Bool {
        AttentionTile(headDim: 64, on: device) != nil
            && MatrixAttention.requirements(.init(keys: .f16, values: .f16))
                .missing(in: device.description.kernelSupport).isEmpty
    }
}

extension AttentionUnits {
    /// Heads as most models have them, and Gemma's, with every type of cache; with windows and without, and with one key
    /// that has nearly all weight.
    private static let problems = [
        AttentionProofProblem(.init(heads: 4, kvHeads: 2, headDim: 64), .f16, .f16),
        AttentionProofProblem(.init(heads: 4, kvHeads: 2, headDim: 64), .q8_0, .f16, hasSink: true),
        AttentionProofProblem(.init(heads: 2, kvHeads: 1, headDim: 80), .f32, .f32),
        AttentionProofProblem(.init(heads: 3, kvHeads: 1, headDim: 128), .f16, .f16, hasSink: true),
        AttentionProofProblem(.init(heads: 2, kvHeads: 2, headDim: 128, window: 33), .q8_0, .q8_0),
        AttentionProofProblem(.init(heads: 2, kvHeads: 1, headDim: 256, window: 40), .f16, .q8_0),
    ]

    /// Attention as the device would compute it, of rows from `first` on.
    package typealias Attention = (
        _ pass: inout Pass, _ inputs: AttentionProofProblem.Inputs, _ first: Int, _ attended: View<Float>
    ) -> Void

    /// Whether results are those of the plain kernel, and the last row's bits the same alone.
    package static func agree(_ device: Device, _ attend: @escaping Attention = byMatrixUnits) throws -> Bool {
        for problem in problems {
            let inputs = try problem.inputs(on: device)
            let plain = try inputs.attended(plainly)
            let found = try inputs.attended(attend)
            guard AttentionProofProblem.agree(plain, found) else { return false }
            let alone = try inputs.attended(from: AttentionProofProblem.last, attend)
            let width = problem.shape.heads * problem.shape.headDim
            guard alone.suffix(width).map(\.bitPattern) == found.suffix(width).map(\.bitPattern) else { return false }
        }
        return true
    }

    /// What serves where the units are right.
    package static func byMatrixUnits(
        _ pass: inout Pass, _ inputs: AttentionProofProblem.Inputs, _ first: Int, _ attended: View<Float>
    ) {
        pass.tuning.usesMatrixAttention = true
        inputs.attend(&pass, from: first, into: attended)
    }

    private static func plainly(
        _ pass: inout Pass, _ inputs: AttentionProofProblem.Inputs, _ first: Int, _ attended: View<Float>
    ) {
        pass.tuning.usesMatrixAttention = false
        inputs.attend(&pass, from: first, into: attended)
    }
}
