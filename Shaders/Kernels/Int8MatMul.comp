// out[t][row] = Σ_k weights[row][k] · x[t][k]: many tokens times a matrix, in integers, from tiles in shared memory.
//
// weights: (rows, columns) in the layout of WeightLayout.swift, quants with a scale and a base for each run of 16 columns;
// x: what Int8Rows.comp makes of (tokens, columns); out: (tokens, rows) f32. A run's quants are multiplied and summed exactly,
// by dot products of four bytes; the runs are summed in f32, in the order of steps and groups (Weights.glsl), with every operation
// written out, so that all tiles give the same bits.
// A workgroup computes BLOCK_ROWS × BLOCK_TOKENS products, a lane LANE_ROWS × LANE_TOKENS of them.
//
// variants: WEIGHT = Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_spirv_intrinsics : require

// Types without quants, which Weights.glsl asks for.
#define WEIGHT_F32 100
#define WEIGHT_F16 101
#define WEIGHT_BF16 102

layout(local_size_x_id = 0) in;
// BLOCK_ROWS · BLOCK_TOKENS ÷ (LANE_ROWS · LANE_TOKENS).
layout(constant_id = 0) const uint LANES = 128;
layout(constant_id = 1) const uint BLOCK_ROWS = 128;
layout(constant_id = 2) const uint BLOCK_TOKENS = 64;
layout(constant_id = 3) const uint LANE_ROWS = 8;
layout(constant_id = 4) const uint LANE_TOKENS = 8;
layout(constant_id = 5) const uint SLAB_QUADS = 8;

#include "WeightBuffer.glsl"
layout(binding = 1) readonly buffer X2 { vec2 x2[]; };
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
    // Words from one token's activations to the next.
    uint xStride;
    // Elements from one token's products to the next, and the place of row 0 among them.
    uint productStride;
    uint productOffset;
};

#include "Grid.glsl"
#include "Int8Row.glsl"
#include "Weights.glsl"

const uint SLAB_RUNS = SLAB_QUADS / 4;
const uint ROW_LANES = BLOCK_ROWS / LANE_ROWS;
const uint TOKEN_LANES = BLOCK_TOKENS / LANE_TOKENS;
// Neighbouring lanes write neighbouring runs of a token, which must not all lie in one bank.
const uint TOKEN_STRIDE = BLOCK_TOKENS + 1;
// Runs of activations that a lane stages.
const uint FETCHED = (SLAB_RUNS * BLOCK_TOKENS + LANES - 1) / LANES;

shared uvec4 w[SLAB_RUNS * BLOCK_ROWS];
shared vec2 wFactors[SLAB_RUNS * BLOCK_ROWS];
shared uvec4 a[SLAB_RUNS * TOKEN_STRIDE];
shared vec2 aFactors[SLAB_RUNS * TOKEN_STRIDE];

// A run is staged with its first group.
void stageGroup(Packed p, uint row, uint quad, uint group, bool isBehind) {
    if (group % 4 != 0) return;
    const uint place = quad / 4 * BLOCK_ROWS + row;
    w[place] = uvec4(quants4(p, group), quants4(p, group + 1), quants4(p, group + 2), quants4(p, group + 3));
    wFactors[place] = factorsOf(p, group);
}
#include "Slab.glsl"

uvec4 fetched[FETCHED];
vec2 fetchedFactors[FETCHED];

void fetchActivations(uint slab, uint firstOfTile, uint lane) {
    const uint runs = int8Runs(xStride);
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        const uint token = firstToken + min(firstOfTile + item / SLAB_RUNS, tokens - 1);
        const uint run = quadOfSlab(slab, 4 * (item % SLAB_RUNS)) / 4;
        fetched[i] = x4[token * xStride / INT8_QUANT_WORDS + run];
        fetchedFactors[i] = x2[(token * xStride + INT8_QUANT_WORDS * runs) / INT8_FACTOR_WORDS + run];
    }
}

void stageActivations(uint lane) {
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        if (SLAB_RUNS * BLOCK_TOKENS % LANES != 0 && item >= SLAB_RUNS * BLOCK_TOKENS) break;
        const uint place = item % SLAB_RUNS * TOKEN_STRIDE + item / SLAB_RUNS;
        a[place] = fetched[i];
        aFactors[place] = fetchedFactors[i];
    }
}

// SPIR-V's OpSDotKHR of two words of four signed bytes each; the last operand says so.
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6019, 6018], id = 4450)
int dotBytes(int a, int b, spirv_literal int format);

int dotRun(uvec4 a, uvec4 b) {
    return dotBytes(int(a.x), int(b.x), 0) + dotBytes(int(a.y), int(b.y), 0) + dotBytes(int(a.z), int(b.z), 0)
        + dotBytes(int(a.w), int(b.w), 0);
}

void main() {
    const uint lane = gl_LocalInvocationID.x;
    const uint firstOfTile = gl_WorkGroupID.z * BLOCK_TOKENS;
    const uint firstRowOfTile = workgroupIndex() * BLOCK_ROWS;
    if (firstRowOfTile >= rows) return;
    const uint ownRow = lane % ROW_LANES;
    const uint ownToken = lane / ROW_LANES;

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
        [[dont_unroll]] for (uint run = 0; run < SLAB_RUNS; run++) {
            uvec4 weights[LANE_ROWS];
            vec2 factors[LANE_ROWS];
            [[unroll]] for (uint j = 0; j < LANE_ROWS; j++) {
                weights[j] = w[run * BLOCK_ROWS + ownRow + j * ROW_LANES];
                factors[j] = wFactors[run * BLOCK_ROWS + ownRow + j * ROW_LANES];
            }
            [[unroll]] for (uint t = 0; t < LANE_TOKENS; t++) {
                const uint place = run * TOKEN_STRIDE + ownToken + t * TOKEN_LANES;
                const uvec4 activation = a[place];
                const vec2 unitAndSum = aFactors[place];
                // (scale · q + base) · unit · p = scale · (unit · Σ q · p) + base · (unit · Σ p).
                [[unroll]] for (uint j = 0; j < LANE_ROWS; j++)
                    sum[j][t] = fma(
                        factors[j].x, unitAndSum.x * dotRun(weights[j], activation),
                        fma(factors[j].y, unitAndSum.y, sum[j][t]));
            }
        }
    }

    [[unroll]] for (uint t = 0; t < LANE_TOKENS; t++) {
        const uint token = firstOfTile + ownToken + t * TOKEN_LANES;
        if (token >= tokens) break;
        [[unroll]] for (uint j = 0; j < LANE_ROWS; j++) {
            const uint row = firstRowOfTile + ownRow + j * ROW_LANES;
            if (row < rows) product[(firstToken + token) * productStride + productOffset + row] = sum[j][t];
        }
    }
}
