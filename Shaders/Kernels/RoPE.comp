// Rotary position embedding: pair i of every head turns by the angle of its position. A pair is (x₂ᵢ, x₂ᵢ₊₁), or with
// HALVES (xᵢ, xᵢ₊ₚ) for p pairs.
//
// x: (tokens, heads, headDim) f32, in place; positions: (tokens); table: (positions, pairs) of (cos, sin) f32, made by
// the host in f64. One invocation a pair; dimensions from 2·pairs on stay as they are.
// Su et al. 2021, https://arxiv.org/abs/2104.09864
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(constant_id = 1) const bool HALVES = false;

layout(binding = 0) buffer X2 { vec2 x2[]; };
layout(binding = 0) buffer X { float x[]; };
layout(binding = 1) readonly buffer Table { vec2 table[]; };
layout(binding = 2) readonly buffer Positions { uint positions[]; };

layout(push_constant) uniform Push {
    uint tokens;
    uint heads;
    uint headDim;
    uint pairs;
};

#include "Grid.glsl"
#include "Rotation.glsl"

void main() {
    const uint index = elementIndex();
    if (index >= tokens * heads * pairs) return;
    const uint pair = index % pairs;
    const uint head = index / pairs;
    const vec2 turn = table[positions[head / heads] * pairs + pair];
    if (HALVES) {
        const uint first = head * headDim + pair;
        const vec2 v = turned(vec2(x[first], x[first + pairs]), turn);
        x[first] = v.x;
        x[first + pairs] = v.y;
        return;
    }
    const uint at = head * (headDim / 2) + pair;
    x2[at] = turned(x2[at], turn);
}
