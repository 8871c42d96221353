import LlamaradaLab
import Testing

/// Machine code as the drivers print it, cut from MatVec Q4_0 (Mesa 25.0.7 and 26.1.6).
@Suite struct MachineCodeTests {
    private static let radv = """
        BB1:
        \ts_cmp_ge_u32 s1, s4                                         ; bf090401
        \ts_cbranch_scc1 BB5                                          ; bfa200ef
        BB4:
        \ts_clause 0x1                                                ; bf850001
        \ts_load_b128 s[16:19], s[10:11], null                        ; f4080405 f8000000
        \ts_load_b128 s[20:23], s[10:11], 0x10                        ; f4080505 f8000010
        \tv_mul_lo_u32 v4, v4, s4                                     ; d72c0004 00000904
        \tv_add_nc_u32_e32 v5, v4, v3                                 ; 4a080704
        \ts_waitcnt lgkmcnt(0)                                        ; bf89fc07
        \tbuffer_load_b128 v[8:11], v5, s[16:19], 0 offen             ; e05c0000 80440805
        \tbuffer_load_b32 v6, v6, s[16:19], 0 offen                   ; e0500000 80440606
        \ts_buffer_load_b512 s[32:47], s[20:23], s10                  ; f430080a 14000000
        \ts_waitcnt vmcnt(1)                                          ; bf8907f7
        \tv_fma_mix_f32 v14, v39, v14, neg(0) op_sel_hi:[1,0,0]       ; cc20000e 8a021d27
        \ts_waitcnt vmcnt(0) lgkmcnt(0)                               ; bf8903f7
        \ts_branch BB1                                                ; bfa0ff0c
        BB5:
        \ts_endpgm                                                    ; bfb00000
        """

    @Test func radvLoopHasItsLoadsBindingsAndWaits() throws {
        let code = MachineCode.radv(Self.radv, lanes: 32)
        let loop = try #require(code.loops.first)
        #expect(code.loops.count == 1 && loop.lowerBound == 0)
        let loads = code.instructions[loop].compactMap(\.load).filter { $0.binding != nil }
        #expect(
            loads == [
                MachineLoad(16, binding: 0, queue: .vector), MachineLoad(4, binding: 0, queue: .vector),
                MachineLoad(64, isUniform: true, binding: 1, queue: .scalar),
            ])
        let waits = code.instructions[loop].map(\.waits).filter { !$0.isEmpty }
        #expect(
            waits == [
                [.queue(.scalar, pending: 0)], [.queue(.vector, pending: 1)],
                [.queue(.vector, pending: 0), .queue(.scalar, pending: 0)],
            ])
        let counts = InstructionCounts(code.instructions[loop])
        #expect(counts.float == 1 && counts.integer == 1 && counts.slow == 1 && counts.slowCycles == 4)
        #expect(counts.scalar == 1 && counts.loads == 5 && counts.other == 2)
        // The second vector instruction reads what the first wrote.
        let vector = code.instructions.filter { $0.kind == .integer }
        #expect(vector.map(\.delay) == [5])
    }

    @Test func radvWaveOf64TakesTwoPassesAndOlderNamesAreRead() throws {
        let text = """
            BB0:
            \ts_load_dwordx8 s[8:15], s[2:3], 0x20                       ; f4080405
            \tbuffer_load_dwordx2 v[8:9], v5, s[12:15], 0 offen          ; e0381000
            \tbuffer_load_ushort v7, v5, s[8:11], 0 offen                ; e0381000
            \tv_add_f32_e32 v1, v2, v3                                   ; 06040702
            \ts_cbranch_scc1 BB0                                         ; bf8500e1
            """
        let code = MachineCode.radv(text, lanes: 64)
        let loads = code.instructions.compactMap(\.load).filter { $0.queue == .vector }
        #expect(loads.map(\.binding) == [3, 2] && loads.map(\.byteCount) == [8, 2])
        #expect(InstructionCounts(code.instructions).floatCycles == 2)
    }

    @Test func nakFollowsAddressesToTheirBindings() throws {
        let text = """
            block 1 L2 [0, 22] -> {
                  r8 p0   = iadd3 r7 c[0x1][0x0] rZ                    // delay=1
                  r9      = iadd3.x rZ c[0x1][0x4] rZ p0 pF            // delay=3
                  r12..16 = ld.global.a64.constant.b128 [r8..10], pT   // delay=2 rd:0 wr:1
                  r16 p0  = iadd3 r11 c[0x1][0x10] rZ                  // delay=2
                  r18     = mov r16                                    // delay=1
                  r0..4   = ld.global.a64.constant.b32 [r18..20], pT   // delay=1 wr:0
                  r6      = i2f.f32.u32.re r6                          // delay=1 wr:2 wt=000010
                  ur0     = iadd3 ur0 ur3 rZ                           // delay=3
                            nop L9                                     // delay=1
                  r6      = fadd.ftz r6 0xc1000000                     // delay=3 wt=000101
            @!p0            bra pT L2                                  // delay=1
            } -> [2, 1]
            """
        let code = MachineCode.nak(text)
        #expect(code.loops == [0..<10])
        let loads = code.instructions.compactMap(\.load)
        #expect(loads == [MachineLoad(16, binding: 0), MachineLoad(4, binding: 1)])
        #expect(code.instructions[6].waits == [.token(1)] && code.instructions[6].kind == .slow)
        #expect(code.instructions[7].kind == .scalar && code.instructions[7].delay == 3)
        #expect(code.instructions[8].waits == [.token(2), .token(0)])
    }

    /// NAK writes a loop's head, what follows the loop, and then the rest of the loop, in which another lies torn likewise.
    @Test func nakLoopsTornApartAreFoundWhole() {
        let text = """
            block 0 L0 [] -> {
                  r0      = iadd3 r1 r2 rZ                             // delay=1
            } -> [1]
            block 1 L1 [0, 5] -> {
            @!p0            bra pT L2                                  // delay=1
            } -> [2, 3]
            block 2 L2 [1] -> {
                            st.global.a64.strong.gpu.b32 [r14..16] r9  // delay=2
                            exit                                       // delay=1
            } -> []
            block 3 L3 [1] -> {
                  r4      = fadd.ftz r6 r7                             // delay=1
            } -> [4]
            block 4 L4 [3, 6] -> {
                  r8..12  = hmma.m16n8k16.f32 r0..4 r4..6 r8..12       // delay=1
            } -> [5, 6]
            block 5 L5 [4] -> {
                            bra pT L1                                  // delay=1
            } -> [1]
            block 6 L6 [4] -> {
                            bra pT L4                                  // delay=1
            } -> [4]
            """
        let code = MachineCode.nak(text)
        #expect(code.loops == [3..<5, 1..<6])
        #expect(code.body(code.loops[0]).map(\.kind) == [.matrix, .branch])
        #expect(code.body(code.loops[1]).map(\.kind) == [.branch, .float, .branch])
        #expect(code.instructions.map(\.kind).suffix(2) == [.store, .branch])
    }

    @Test func genReadsMessagesAndTokens() throws {
        let text = """
            LABEL4:
            (+f0.0) break(16) JIP:  LABEL3        UIP:  LABEL3              { align1 1H };
            sync nop(1)                     null<0,1,0>UB                   { align1 WE_all 1N I@1 };
            send(16)        g14UD           g126UD          nullUD          0x64200500                0x01000000
                            ugm MsgDesc: ( load, a32, d32, V4, dst_len = 8 bti )  BTI 1  { align1 1H $5 };
            send(1)         g18UD           g78UD           nullUD          0x0210c500                0x00000000
                            ugm MsgDesc: ( load, a32, d32, V8, transpose bti )  BTI 2  { align1 1N $2 };
            mul(16)         g64<1>F         g50<1,1,0>F     g58<1,1,0>F     { align1 1H F@7 $5.dst compacted };
            and(16)         g58<1>UD        g120<8,8,1>UD   0x0f0f0f0fUD    { align1 1H $2.src };
            LABEL3:
            while(16)       JIP:  LABEL4                                    { align1 1H };
            """
        let code = MachineCode.gen(text, lanes: 8)
        #expect(code.loops == [0..<7])
        #expect(
            code.instructions.compactMap(\.load) == [
                MachineLoad(16, binding: 0), MachineLoad(32, isUniform: true, binding: 1),
            ])
        #expect(code.instructions[2].token == 5 && code.instructions[4].waits == [.token(5)])
        #expect(code.instructions[5].waits.isEmpty && code.instructions[5].issue == 2)
        let counts = InstructionCounts(code.instructions)
        #expect(counts.float == 1 && counts.floatCycles == 2 && counts.integer == 1 && counts.loads == 2)
    }

    @Test func bodyLeavesInnerLoopsOut() {
        let text = "BB1:\n\tv_a\nBB2:\n\tds_b\n\ts_branch BB2\n\tv_c\n\ts_branch BB1\n"
        let code = MachineCode.radv(text, lanes: 32)
        #expect(code.loops == [1..<3, 0..<5])
        #expect(code.body(1..<3).map(\.kind) == [.shared, .branch])
        #expect(code.body(0..<5).map(\.kind) == [.integer, .integer, .branch])
    }

    @Test(arguments: [
        "", "\n}\n", "block", "} -> [", "\ts_waitcnt vmcnt(", "send(", "LABEL", "\tbuffer_load_b", "BB\n\tx",
    ])
    func damagedTextIsNoTrap(text: String) {
        for code in [MachineCode.radv(text, lanes: 64), .nak(text), .gen(text, lanes: 0)] {
            #expect(code.loops.allSatisfy { $0.upperBound <= code.instructions.count })
        }
    }
}
