package import LlamaradaDevice
import LlamaradaShaders

/// Attention of prompts in the half class by a device's matrix units, which serves heads of a dimension, each a kernel of its
/// own, only after it agreed with that of the plain kernel.
package enum AttentionUnits {
    /// What is known of them without running anything.
    package static func known(_ device: Device, headDim: Int) -> KernelProof {
        isCandidate(device, headDim) ? KernelProof.known(kind(headDim), version: version, of: device) : .absent
    }

    /// Whether they serve, tested now if that was not done with this driver before.
    package static func prove(_ device: Device, headDim: Int) throws -> KernelProof {
        let known = known(device, headDim: headDim)
        guard known == .untested else { return known }
        return try KernelProof.look(kind(headDim), version: version, on: device) { try agree($0, headDim: headDim) }
    }

    private static func kind(_ headDim: Int) -> String { "matrix-attention-\(headDim)" }
    /// Of what is kept; other kernels take another.
    private static let version: UInt8 = 2

    private static func isCandidate(_ device: Device, _ headDim: Int) -> Bool {
        AttentionTile(headDim: headDim, on: device) != nil
            && MatrixAttention.requirements(.init(keys: .f16, values: .f16))
                .missing(in: device.description.kernelSupport).isEmpty
    }
}

extension AttentionUnits {
    /// Every type of cache, with windows and without, and with one key that has nearly all weight.
    private static func problems(_ headDim: Int) -> [AttentionProofProblem] {
        [
            AttentionProofProblem(.init(heads: 4, kvHeads: 2, headDim: headDim), .f16, .f16),
            AttentionProofProblem(.init(heads: 3, kvHeads: 1, headDim: headDim), .f16, .f16, hasSink: true),
            AttentionProofProblem(.init(heads: 2, kvHeads: 2, headDim: headDim, window: 33), .q8_0, .q8_0),
            AttentionProofProblem(.init(heads: 2, kvHeads: 1, headDim: headDim, window: 40), .f16, .q8_0),
            AttentionProofProblem(.init(heads: 2, kvHeads: 1, headDim: headDim), .q8_0, .f16, hasSink: true),
            AttentionProofProblem(.init(heads: 2, kvHeads: 1, headDim: headDim), .f32, .f32),
        ]
    }

    /// Attention as the device would compute it, of rows from `first` on.
    package typealias Attention = (
        _ pass: inout Pass, _ inputs: AttentionProofProblem.Inputs, _ first: Int, _ attended: View<Float>
    ) -> Void

    /// Whether results are those of the plain kernel, and the last row's bits the same alone.
    package static func agree(
        _ device: Device, headDim: Int, _ attend: @escaping Attention = byMatrixUnits
    ) throws -> Bool {
        for problem in problems(headDim) {
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
