// drawn = the first index i where Σ_{j ≤ i} exp((logits[j] - max) / temperature) exceeds uniform · (the whole sum):
// a draw from the softmax of the logits by the inverse of its cumulative distribution.
//
// logits: (columns) f32; uniform: one f32 in [0, 1); drawn: one index. One workgroup; a lane owns neighbouring columns.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Uniform { float uniform_[]; };
layout(binding = 2) writeonly buffer Drawn { uint drawn[]; };

layout(push_constant) uniform Push {
    uint columns;
    float inverseTemperature;
};

#include "Reduce.glsl"

shared float sums[LANES];

void main() {
    const uint lane = gl_LocalInvocationID.x;
    const uint width = (columns + LANES - 1) / LANES;
    const uint from = min(lane * width, columns);
    const uint to = min(from + width, columns);

    float largest = -3.4e38;
    for (uint i = from; i < to; i++) largest = max(largest, logits[i]);
    largest = workgroupMax(largest);

    float sum = 0;
    for (uint i = from; i < to; i++) sum += exp((logits[i] - largest) * inverseTemperature);
    sums[lane] = sum;
    barrier();
    memoryBarrierShared();

    // Every lane adds in the same order, so that all agree on where each lane's part begins.
    float before = 0;
    float total = 0;
    for (uint i = 0; i < LANES; i++) {
        if (i == lane) before = total;
        total += sums[i];
    }
    const float target = uniform_[0] * total;
    const bool isLast = to == columns && from < to;
    if (from < to && before <= target && (target < before + sum || isLast)) {
        float running = before;
        uint index = from;
        for (; index < to - 1; index++) {
            running += exp((logits[index] - largest) * inverseTemperature);
            if (running > target) break;
        }
        drawn[0] = index;
    }
}
