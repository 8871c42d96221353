// out[t][row] = Σ_k weights[row][k] · x[t][k]: many tokens times a matrix, from tiles in shared memory.
//
// weights: (rows, columns) in the layout of WeightLayout.swift; out: (tokens, rows) f32. With OPERANDS = EXACT x is (tokens,
// columns) f32, and every sum is taken in the order of MatMul.comp, so that both give the same bits; with HALF x is what
// HalfRows.comp makes of it, weights are rounded to f16 as well, and both are widened before they are multiplied.
// A workgroup computes BLOCK_ROWS × BLOCK_TOKENS products, a lane LANE_ROWS × LANE_TOKENS of them: each weight is unpacked
// once a tile, and all that a lane multiplies comes from shared memory.
//
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
// variants: OPERANDS = EXACT, HALF
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;
// BLOCK_ROWS · BLOCK_TOKENS ÷ (LANE_ROWS · LANE_TOKENS).
layout(constant_id = 0) const uint LANES = 128;
layout(constant_id = 1) const uint BLOCK_ROWS = 128;
layout(constant_id = 2) const uint BLOCK_TOKENS = 64;
layout(constant_id = 3) const uint LANE_ROWS = 8;
layout(constant_id = 4) const uint LANE_TOKENS = 8;
layout(constant_id = 5) const uint SLAB_QUADS = 8;
// Whether x can be read four at a time.
layout(constant_id = 6) const bool ALIGNED = true;

#include "WeightBuffer.glsl"
layout(binding = 1) readonly buffer X { uint x[]; };
layout(binding = 1) readonly buffer X2 { uvec2 x2[]; };
layout(binding = 1) readonly buffer X4 { uvec4 x4[]; };
layout(binding = 2) writeonly buffer Out { float product[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    // The row of the matrix that counts as row 0.
    uint firstRow;
    // How many tokens are multiplied, and the first of them.
    uint tokens;
    uint firstToken;
    // Elements from one token's activations to the next, or with HALF the tokens that x has room for.
    uint xStride;
    // Elements from one token's products to the next, and the place of row 0 among them.
    uint productStride;
    uint productOffset;
};

#include "Cache.glsl"
#include "Dot.glsl"
#include "Grid.glsl"
#include "Weights.glsl"

#if OPERANDS == OPERANDS_HALF
#include "HalfPanels.glsl"
#define STAGED uvec2
STAGED staged(vec4 values) { return uvec2(packF16(values.xy), packF16(values.zw)); }
vec4 widened(STAGED values) { return vec4(unpackHalf2x16(values.x), unpackHalf2x16(values.y)); }
#else
#define STAGED vec4
STAGED staged(vec4 values) { return values; }
vec4 widened(STAGED values) { return values; }
#endif

const uint ROW_LANES = BLOCK_ROWS / LANE_ROWS;
// Neighbouring lanes write neighbouring quads of a token, which must not all lie in one bank.
const uint TOKEN_STRIDE = BLOCK_TOKENS + 1;
// Quads of activations that a lane stages.
const uint FETCHED = (SLAB_QUADS * BLOCK_TOKENS + LANES - 1) / LANES;

shared STAGED w[SLAB_QUADS * BLOCK_ROWS];
shared STAGED a[SLAB_QUADS * TOKEN_STRIDE];

void stageGroup(Packed p, uint row, uint quad, uint group, bool isBehind) {
    const vec4 weights = weights4(p, group);
    w[quad * BLOCK_ROWS + row] = staged(isBehind ? vec4(0) : weights);
}
#include "Slab.glsl"

STAGED fetched[FETCHED];

// Columns 4·quad to 4·quad + 3 of a token; 0 behind the last column, which only formats without blocks have in a step.
STAGED activations(uint token, uint quad) {
#if OPERANDS == OPERANDS_HALF
    return x2[panelPlace(quad / PANEL_QUADS, token, xStride) / 2 + quad % PANEL_QUADS];
#else
    const uint start = token * xStride;
#ifdef BLOCKS
    return uintBitsToFloat(x4[start / 4 + quad]);
#else
    const uint k = 4 * quad;
    if (ALIGNED) return k < columns ? uintBitsToFloat(x4[start / 4 + quad]) : vec4(0);
    const uint at = start + k;
    return uintBitsToFloat(uvec4(
        k < columns ? x[at] : 0, k + 1 < columns ? x[at + 1] : 0, k + 2 < columns ? x[at + 2] : 0,
        k + 3 < columns ? x[at + 3] : 0));
#endif
#endif
}

void fetchActivations(uint slab, uint firstOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        const uint token = firstToken + min(firstOfTile + item / SLAB_QUADS, tokens - 1);
        const uint quad = quadOfSlab(slab, item % SLAB_QUADS);
        fetched[i] = activations(token, quad);
    }
}

void stageActivations(uint lane) {
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        if (SLAB_QUADS * BLOCK_TOKENS % LANES != 0 && item >= SLAB_QUADS * BLOCK_TOKENS) break;
        a[item % SLAB_QUADS * TOKEN_STRIDE + item / SLAB_QUADS] = fetched[i];
    }
}

void main() {
    const uint lane = gl_LocalInvocationID.x;
    const uint firstOfTile = gl_WorkGroupID.z * BLOCK_TOKENS;
    const uint firstRowOfTile = workgroupIndex() * BLOCK_ROWS;
    if (firstRowOfTile >= rows) return;
    // The lane's rows lie ROW_LANES apart, so that neighbours read neighbouring weights; its tokens likewise.
    const uint ownRow = lane % ROW_LANES;
    const uint ownToken = lane / ROW_LANES;
    const uint tokenLanes = BLOCK_TOKENS / LANE_TOKENS;

    float sum[LANE_ROWS][LANE_TOKENS];
    [[unroll]] for (uint j = 0; j < LANE_ROWS; j++)
        [[unroll]] for (uint t = 0; t < LANE_TOKENS; t++) sum[j][t] = 0;

    const uint slabs = slabCount();
    loadSlab(0, firstRowOfTile, lane);
    fetchActivations(0, firstOfTile, lane);
    for (uint slab = 0; slab < slabs; slab++) {
        barrier();
        stageSlab(slab, firstRowOfTile, lane);
        stageActivations(lane);
        barrier();
        if (slab + 1 < slabs) {
            loadSlab(slab + 1, firstRowOfTile, lane);
            fetchActivations(slab + 1, firstOfTile, lane);
        }
        // Unrolled it is more code than instruction caches hold, and more registers than Intel has.
        [[dont_unroll]] for (uint quad = 0; quad < SLAB_QUADS; quad++) {
            vec4 weights[LANE_ROWS];
            [[unroll]] for (uint j = 0; j < LANE_ROWS; j++)
                weights[j] = widened(w[quad * BLOCK_ROWS + ownRow + j * ROW_LANES]);
            [[unroll]] for (uint t = 0; t < LANE_TOKENS; t++) {
                const vec4 activation = widened(a[quad * TOKEN_STRIDE + ownToken + t * tokenLanes]);
                [[unroll]] for (uint j = 0; j < LANE_ROWS; j++) sum[j][t] += dot4(weights[j], activation);
            }
        }
    }

    [[unroll]] for (uint t = 0; t < LANE_TOKENS; t++) {
        const uint token = firstOfTile + ownToken + t * tokenLanes;
        if (token >= tokens) break;
#if OPERANDS == OPERANDS_HALF
        const float scale = uintBitsToFloat(x[firstToken + token]);
#else
        const float scale = 1;
#endif
        [[unroll]] for (uint j = 0; j < LANE_ROWS; j++) {
            const uint row = firstRowOfTile + ownRow + j * ROW_LANES;
            if (row < rows) product[(firstToken + token) * productStride + productOffset + row] = sum[j][t] * scale;
        }
    }
}
