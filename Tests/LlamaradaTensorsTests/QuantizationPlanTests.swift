import LlamaradaErrors
import LlamaradaTensors
import Testing

@Suite struct QuantizationPlanTests {
    /// For every mixture and four shapes of models: grouped heads or not, tied or not, rows that 256 does not divide, 80 layers.
    @Test(arguments: QuantizationPreset.allCases.filter { $0 != .f32 })
    func typesAreThoseOfLlamaCpp(_ preset: QuantizationPreset) throws {
        let choices = try QuantizerFixture.Choice.all()
        #expect(choices.count == 4)
        for (name, choice) in choices {
            let shape = QuantizedShape(
                layerCount: choice.layers, headsPerKVHead: choice.heads / choice.kvHeads, hasHead: !choice.tied)
            let expected = try #require(choice.types[preset.name]).split(separator: " ").map(String.init)
            let found = zip(choice.names, choice.columns).map { tensor, columns in
                preset.type(of: "\(tensor).weight", columns: columns, in: shape).fitting(columns: columns).name
            }
            let differing = zip(choice.names, zip(found, expected)).filter { $1.0 != $1.1 }
            #expect(differing.isEmpty && found.count == expected.count, "\(name): \(differing)")
        }
    }

    /// With importance the first down matrices of three mixtures change, as in llama.cpp.
    @Test func importanceChangesTheFirstDownMatrices() {
        var shape = QuantizedShape(layerCount: 16, headsPerKVHead: 1, hasHead: true)
        shape.hasImportance = true
        func type(_ preset: QuantizationPreset, _ layer: Int) -> ElementType {
            preset.type(of: "blk.\(layer).ffn_down.weight", columns: 256, in: shape)
        }
        #expect([0, 1, 2].map { type(.q4_0, $0) } == [.q4_1, .q4_1, .q4_0])
        #expect([0, 1, 2].map { type(.q5_0, $0) } == [.q5_1, .q5_1, .q5_0])
        #expect([0, 1, 2].map { type(.iq4_NL, $0) } == [.iq4_NL, .iq4_NL, .iq4_NL])
        #expect([0, 1, 2].map { type(.q4_K_S, $0) } == [.q5_K, .q5_K, .q4_K])
        shape.hasImportance = false
        #expect(type(.q4_0, 0) == .q4_0 && type(.q5_0, 0) == .q5_0 && type(.iq4_NL, 0) == .q5_K)
    }

    @Test func onlyMatricesChange() throws {
        let file = try Self.file { writer in
            writer.addTensor("blk.0.attn_q.weight", shape: [2, 256], elementType: .f32)
            writer.addTensor("blk.0.attn_q.bias", shape: [2, 256], elementType: .f32)
            writer.addTensor("blk.0.attn_norm.weight", shape: [256], elementType: .f32)
            writer.addTensor("blk.0.attn_q_norm.weight", shape: [2, 256], elementType: .f16)
            writer.addTensor("rope_freqs.weight", shape: [1, 256], elementType: .f32)
            writer.addTensor("blk.0.ffn_up.weight", shape: [2, 33], elementType: .f16)
            writer.addTensor("blk.0.ffn_gate.weight", shape: [2, 32], elementType: .f16)
        }
        let plan = try QuantizationPlan(.q4_K_S, for: file, allowsRequantization: false)
        #expect(plan.entries.map(\.elementType) == [.q4_K, .f32, .f32, .f16, .f32, .f16, .q5_0])
        #expect(plan.entries.map(\.isFallback) == [false, false, false, false, false, true, true])
        #expect(plan.byteCounts.before == file.tensors.reduce(0) { $0 + $1.byteCount })
        #expect(plan.byteCounts.after == plan.entries.reduce(0) { $0 + $1.byteCount })
    }

    @Test func weightsAreQuantisedOnce() throws {
        let file = try Self.file { $0.addTensor("blk.0.attn_q.weight", shape: [2, 256], elementType: .q8_0) }
        let error = #expect(throws: CheckpointError.self) {
            try QuantizationPlan(.q4_0, for: file, allowsRequantization: false)
        }
        #expect(error?.code == .unsupported && error?.remedy == .requantize)
        #expect(error?.problem.contains("'blk.0.attn_q.weight'") == true)
        #expect(try QuantizationPlan(.q4_0, for: file, allowsRequantization: true).entries[0].elementType == .q4_0)
        // What is of the type already is copied.
        #expect(try QuantizationPlan(.q8_0, for: file, allowsRequantization: false).entries[0].isCopied)
    }

    @Test(arguments: [Int64.min, -1, 0, .max]) func anyNumberOfLayersIsTaken(_ layers: Int64) throws {
        var writer = GGUFWriter()
        writer.add("general.architecture", .text("llama"))
        writer.add("llama.block_count", .int64(layers))
        writer.add("llama.attention.head_count", .int64(.min))
        writer.add("llama.attention.head_count_kv", .int64(-1))
        writer.addTensor("blk.9223372036854775807.attn_v.weight", shape: [2, 256], elementType: .f32)
        writer.addTensor("blk.-9223372036854775808.ffn_down.weight", shape: [2, 256], elementType: .f32)
        let file = try GGUFFile(source: MemorySource(writer.bytes()))
        for preset in QuantizationPreset.allCases {
            #expect(try QuantizationPlan(preset, for: file, allowsRequantization: false).entries.count == 2)
        }
    }

    private static func file(_ add: (inout GGUFWriter) -> Void) throws -> GGUFFile {
        var writer = GGUFWriter()
        writer.add("general.architecture", .text("llama"))
        writer.add("llama.block_count", .uint32(1))
        add(&writer)
        return try GGUFFile(source: MemorySource(writer.bytes()))
    }
}
