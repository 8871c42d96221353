// out[i] = gelu(gate[i]) · up[i], with gelu(x) = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))): the gated activation
// of Gemma's feed-forward block.
//
// gate, up, out: (count) f32; out may be gate. One invocation an element. (1 + tanh(z)) / 2 is the sigmoid of 2z, which
// loses nothing where z is far below 0.
// Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415; Shazeer 2020, https://arxiv.org/abs/2002.05202
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer Gate { float gate[]; };
layout(binding = 1) readonly buffer Up { float up[]; };
layout(binding = 2) writeonly buffer Out { float gated[]; };

layout(push_constant) uniform Push { uint count; };

#include "Grid.glsl"

// 2 √(2/π).
const float FACTOR = 1.59576912;

void main() {
    const uint i = elementIndex();
    if (i >= count) return;
    const float g = gate[i];
    // From 12 on the sigmoid is 1, from -12 down it vanishes; cubes of larger numbers would overflow.
    const float x = clamp(g, -12, 12);
    const float z = FACTOR * (x + 0.044715 * x * x * x);
    // exp(80) is finite and makes the quotient vanish as exp(∞) would.
    gated[i] = g / (1 + exp(min(-z, 80))) * up[i];
}
