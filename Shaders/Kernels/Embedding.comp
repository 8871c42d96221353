// out[t] = weights[tokens[t]]: the embedding of each token. A token with CHOSEN set is chosen[its other bits], or 0 where
// none was chosen.
//
// weights: (vocabulary, columns) in the layout of WeightLayout.swift, or the part of it that holds `rows` rows from
// `firstRow`; tokens: (count) ids; out: (count, columns) f32. An invocation unpacks four weights. Tokens outside the
// part are left alone, so that a table larger than a binding is gathered part by part.
//
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

#include "WeightBuffer.glsl"
layout(binding = 1) readonly buffer Tokens { uint tokens[]; };
layout(binding = 2) readonly buffer Chosen { uint chosen[]; };
layout(binding = 3) writeonly buffer Out { float embedding[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    uint firstRow;
    uint count;
};

#include "Grid.glsl"
#include "Token.glsl"
#include "Weights.glsl"

uint tokenOf(uint word) {
    if ((word & CHOSEN) == 0) return word;
    const uint token = chosen[word & ~CHOSEN];
    return token == NO_TOKEN ? 0 : token;
}

void main() {
    const uint groups = (columns + 3) / 4;
    const uint index = elementIndex();
    const uint t = index / groups;
    if (t >= count) return;
    // Wraps to a large number below firstRow.
    const uint row = tokenOf(tokens[t]) - firstRow;
    if (row >= rows) return;
    const uint quad = index % groups;
    const uint k = 4 * quad;
    const vec4 w = weights4(loadPacked(row, stepOf(quad)), groupOf(quad));
    for (uint i = 0; i < 4 && k + i < columns; i++) embedding[t * columns + k + i] = w[i];
}
