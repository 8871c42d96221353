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
#if FETCH == FETCH_TEXELS
#extension GL_KHR_shader_subgroup_shuffle : require
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint ROWS_PER_LANE = 1;
layout(constant_id = 2) const uint TOKENS = 8;
// Whether x can be read four at a time: columns is a multiple of 4.
layout(constant_id = 3) const bool ALIGNED = true;
// Lanes of a subgroup that share the reading of texels of x: a power of two.
layout(constant_id = 4) const uint SHARERS = 1;

#include "WeightBuffer.glsl"
#if FETCH == FETCH_TEXELS
layout(binding = 1) uniform textureBuffer x;
#else
layout(binding = 1) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer X4 { vec4 x4[]; };
#endif
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

// Where the activations of the v-th token of the tile begin; behind the last token those of the last one.
uint startOf(uint v) { return (firstToken + min(gl_WorkGroupID.z * TOKENS + v, tokens - 1)) * columns; }

#define VECTORS_AT_ONCE TOKENS
#include "Activations.glsl"

void main() {
    const uint first = workgroupIndex() * ROWS_PER_LANE * LANES + gl_LocalInvocationID.x;
    const uint firstOfTile = gl_WorkGroupID.z * TOKENS;
    const uint last = rows - 1;

    float sum[ROWS_PER_LANE][TOKENS];
    [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++)
        [[unroll]] for (uint t = 0; t < TOKENS; t++) sum[j][t] = 0;

    for (uint step = 0; step < stepCount(); step++) {
        Packed p[ROWS_PER_LANE];
        Activations mine;
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) p[j] = loadPacked(firstRow + min(first + j * LANES, last), step);
        [[unroll]] for (uint group = 0; group < GROUPS; group++) {
            vec4 w[ROWS_PER_LANE];
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) w[j] = weights4(p[j], group);
            [[unroll]] for (uint t = 0; t < TOKENS; t++) {
                const vec4 a = activations(mine, step, group, t);
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
