// Eight chains of f32 multiply-adds an invocation, `rounds` long: measures the arithmetic that kernels can hope for.
//
// sink: one f32 an invocation, so that the work cannot be left out.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) writeonly buffer Sink { float sink[]; };

layout(push_constant) uniform Push {
    uint rounds;
    // 1, unknown to the compiler.
    float one;
};

#include "Grid.glsl"

const uint CHAINS = 8;

void main() {
    float chain[CHAINS];
    [[unroll]] for (uint i = 0; i < CHAINS; i++) chain[i] = float(gl_LocalInvocationID.x + i);
    for (uint round = 0; round < rounds; round++) {
        [[unroll]] for (uint i = 0; i < CHAINS; i++) chain[i] = fma(chain[i], one, one);
    }
    float sum = 0;
    [[unroll]] for (uint i = 0; i < CHAINS; i++) sum += chain[i];
    sink[elementIndex()] = sum;
}
