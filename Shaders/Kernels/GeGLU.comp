// out[i] = gelu(gate[i]) · up[i], with gelu(x) = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))): the gated activation
// of Gemma's feed-forward block.
//
// gate, up, out: (count) f32; out may be gate. One invocation an element.
// Shazeer 2020, https://arxiv.org/abs/2002.05202
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer Gate { float gate[]; };
layout(binding = 1) readonly buffer Up { float up[]; };
layout(binding = 2) writeonly buffer Out { float gated[]; };

layout(push_constant) uniform Push { uint count; };

#include "Gate.glsl"
#include "Grid.glsl"

void main() {
    const uint i = elementIndex();
    if (i >= count) return;
    gated[i] = gelu(gate[i]) * up[i];
}
