// out[v][row] = Σ_k weights[row][k] · h[v][k], h = x / √(mean(x²) + ε) ⊙ norm: an RMS norm and a product of it, of one or
// a few tokens.
//
// weights: (rows, columns) in the layout of WeightLayout.swift; x: (count, columns) f32; norm: (columns) f32; out: (count,
// rows) f32. Every lane
// sums the squares of the activations that it reads anyway; the root joins the sums at the end, so that nothing is waited
// for. Otherwise as MatVec.comp. Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
//
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require

layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint SPLITS = 1;
layout(constant_id = 2) const uint ROWS_PER_LANE = 1;
// Whether x can be read four at a time: columns is a multiple of 4.
layout(constant_id = 3) const bool ALIGNED = true;
// Whether a subgroup is exactly one split's LANES.
layout(constant_id = 4) const bool SPLIT_IS_SUBGROUP = false;
// Tokens that are multiplied at once.
layout(constant_id = 5) const uint VECTORS = 1;

layout(binding = 0) readonly buffer Weights { uvec4 chunks[]; };
layout(binding = 0) readonly buffer WeightWords { uint words[]; };
layout(binding = 1) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer X4 { vec4 x4[]; };
layout(binding = 2) readonly buffer Norm { float norm[]; };
layout(binding = 2) readonly buffer Norm4 { vec4 norm4[]; };
layout(binding = 3) writeonly buffer Out { float product[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    // Where the parts of a joined matrix end before the last: the rows from there to the next multiple of 64 are none.
    uint gap1;
    uint gap2;
    uint count;
    // Elements from one token's products to the next, and the place of row 0 among them.
    uint productStride;
    uint productOffset;
    float epsilon;
};

#include "Dot.glsl"
#include "Grid.glsl"
#include "Weights.glsl"

shared float partial[SPLITS][ROWS_PER_LANE][VECTORS][LANES];
shared float partialSquares[SPLITS][VECTORS];

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

vec4 norms(uint quad) {
#ifdef BLOCKS
    return norm4[quad];
#else
    const uint k = 4 * quad;
    if (ALIGNED) return k < columns ? norm4[quad] : vec4(0);
    return vec4(
        k < columns ? norm[k] : 0, k + 1 < columns ? norm[k + 1] : 0, k + 2 < columns ? norm[k + 2] : 0,
        k + 3 < columns ? norm[k + 3] : 0);
#endif
}

bool isGap(uint row, uint gap) {
    return row >= gap && row < ((gap + 63) & ~63u);
}

void main() {
    const uint lane = SPLIT_IS_SUBGROUP ? gl_SubgroupInvocationID : gl_LocalInvocationID.x;
    const uint split = SPLIT_IS_SUBGROUP ? gl_SubgroupID : gl_LocalInvocationID.y;
    const uint first = workgroupIndex() * ROWS_PER_LANE * LANES + lane;
    const uint last = rows - 1;

    const uint firstVector = VECTORS == 1 ? 0 : gl_WorkGroupID.z * VECTORS;

    float sum[ROWS_PER_LANE][VECTORS];
    float squares[VECTORS];
    [[unroll]] for (uint v = 0; v < VECTORS; v++) {
        squares[v] = 0;
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) sum[j][v] = 0;
    }

    // Behind the last token the last one is multiplied again, and not written.
    uint start[VECTORS];
    [[unroll]] for (uint v = 0; v < VECTORS; v++) start[v] = VECTORS == 1 ? 0 : min(firstVector + v, count - 1) * columns;

    for (uint step = split; step < stepCount(); step += SPLITS) {
        Packed p[ROWS_PER_LANE];
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) p[j] = loadPacked(min(first + j * LANES, last), step);
        // A sum of its own for each step keeps the digits of small ones.
        float stepSquares[VECTORS];
        [[unroll]] for (uint v = 0; v < VECTORS; v++) stepSquares[v] = 0;
        [[unroll]] for (uint group = 0; group < GROUPS; group++) {
            const vec4 n = norms(quadOf(step, group));
            vec4 w[ROWS_PER_LANE];
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) w[j] = weights4(p[j], group);
            [[unroll]] for (uint v = 0; v < VECTORS; v++) {
                const vec4 a = activations(start[v], quadOf(step, group));
                stepSquares[v] += dot4(a, a);
                const vec4 h = a * n;
                [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) sum[j][v] += dot4(w[j], h);
            }
        }
        [[unroll]] for (uint v = 0; v < VECTORS; v++) squares[v] += stepSquares[v];
    }

    if (SPLITS > 1) {
        [[unroll]] for (uint v = 0; v < VECTORS; v++) {
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) partial[split][j][v][lane] = sum[j][v];
            if (lane == 0) partialSquares[split][v] = squares[v];
        }
        barrier();
        if (split > 0) return;
        for (uint other = 1; other < SPLITS; other++) {
            [[unroll]] for (uint v = 0; v < VECTORS; v++) {
                [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) sum[j][v] += partial[other][j][v][lane];
                squares[v] += partialSquares[other][v];
            }
        }
    }
    [[unroll]] for (uint v = 0; v < VECTORS; v++) {
        if (firstVector + v >= count) break;
        precise const float mean = squares[v] / float(columns);
        const float scale = inversesqrt(mean + epsilon);
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) {
            const uint row = first + j * LANES;
            if (row >= rows || isGap(row, gap1) || isGap(row, gap2)) continue;
            product[(firstVector + v) * productStride + productOffset + row] = sum[j][v] * scale;
        }
    }
}
