// out[t][row] = Σ_k weights[row][k] · x[t][k]: several tokens times a matrix.
//
// weights: (rows, columns) in the layout of WeightLayout.swift; x: (tokens, columns) f32; out: (tokens, rows) f32.
// A lane owns a register tile of ROWS_PER_LANE rows, LANES rows apart, by TOKENS tokens: each weight is unpacked once
// for the whole tile, and x comes from addresses that all lanes share. The order of a token's sums does not depend on the
// tile: every token has the bits that it has alone.
//
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
// variants: FETCH = (BUFFER), TEXELS
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_samplerless_texture_functions : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint ROWS_PER_LANE = 1;
layout(constant_id = 2) const uint TOKENS = 8;
// Whether x can be read four at a time: columns is a multiple of 4.
layout(constant_id = 3) const bool ALIGNED = true;

#include "WeightBuffer.glsl"
layout(binding = 1) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer X4 { vec4 x4[]; };
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
    // Elements from one token's products to the next, and the place of row 0 among them.
    uint productStride;
    uint productOffset;
};

#include "Dot.glsl"
#include "Grid.glsl"
#include "Weights.glsl"

// Columns 4·quad to 4·quad + 3 of the token whose first element is x[start].
vec4 activations(uint start, uint quad) {
#ifdef BLOCKS
    return x4[start / 4 + quad];
#else
    const uint k = 4 * quad;
    if (ALIGNED) return k < columns ? x4[start / 4 + quad] : vec4(0);
    const uint at = start + k;
    return vec4(
        k < columns ? x[at] : 0, k + 1 < columns ? x[at + 1] : 0, k + 2 < columns ? x[at + 2] : 0,
        k + 3 < columns ? x[at + 3] : 0);
#endif
}

void main() {
    const uint first = workgroupIndex() * ROWS_PER_LANE * LANES + gl_LocalInvocationID.x;
    const uint firstOfTile = gl_WorkGroupID.z * TOKENS;
    const uint last = rows - 1;

    float sum[ROWS_PER_LANE][TOKENS];
    [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++)
        [[unroll]] for (uint t = 0; t < TOKENS; t++) sum[j][t] = 0;

    uint start[TOKENS];
    [[unroll]] for (uint t = 0; t < TOKENS; t++) start[t] = (firstToken + min(firstOfTile + t, tokens - 1)) * columns;

    for (uint step = 0; step < stepCount(); step++) {
        Packed p[ROWS_PER_LANE];
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) p[j] = loadPacked(firstRow + min(first + j * LANES, last), step);
        [[unroll]] for (uint group = 0; group < GROUPS; group++) {
            vec4 w[ROWS_PER_LANE];
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) w[j] = weights4(p[j], group);
            [[unroll]] for (uint t = 0; t < TOKENS; t++) {
                const vec4 a = activations(start[t], quadOf(step, group));
                [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) sum[j][t] += dot4(w[j], a);
            }
        }
    }

    [[unroll]] for (uint t = 0; t < TOKENS; t++) {
        if (firstOfTile + t >= tokens) break;
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) {
            const uint row = first + j * LANES;
            if (row < rows) product[(firstToken + firstOfTile + t) * productStride + productOffset + row] = sum[j][t];
        }
    }
}
