// drawn = the first index i where Σ_{j ≤ i} exp((logits[j] - max) / temperature) exceeds uniform · (the whole sum):
// a draw from the softmax of the logits by the inverse of its cumulative distribution.
//
// Where one of the logits is NaN or infinite, drawn is NO_TOKEN.
//
// logits: (columns) f32; draw: a uniform number in [0, 1) and 1 / temperature; drawn: one index. One workgroup; a lane owns neighbouring columns.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Draw { float draw[]; };
layout(binding = 2) writeonly buffer Drawn { uint drawn[]; };

layout(push_constant) uniform Push {
    uint columns;
};

#include "Reduce.glsl"
#include "Token.glsl"

shared float sums[LANES];

const float LOWEST = -3.402823466e38;

float weight(float logit, float largest) { return exp((logit - largest) * draw[1]); }

void main() {
    const uint lane = gl_LocalInvocationID.x;
    const uint width = (columns + LANES - 1) / LANES;
    const uint from = min(lane * width, columns);
    const uint to = min(from + width, columns);

    float largest = LOWEST;
    float wrong = 0;
    for (uint i = from; i < to; i++) {
        if (!isFinite(logits[i])) wrong = 1;
        largest = max(largest, logits[i]);
    }
    largest = workgroupMax(largest);
    if (workgroupMax(wrong) != 0) {
        if (lane == 0) drawn[0] = NO_TOKEN;
        return;
    }

    float sum = 0;
    for (uint i = from; i < to; i++) sum += weight(logits[i], largest);
    sums[lane] = sum;
    barrier();

    // Every lane adds in the same order, so that all agree on where each lane's part begins.
    float before = 0;
    float total = 0;
    for (uint i = 0; i < LANES; i++) {
        if (i == lane) before = total;
        total += sums[i];
    }
    // A uniform close to 1 may round to the whole sum, which no part holds: take the number below.
    const float target = min(draw[0] * total, uintBitsToFloat(floatBitsToUint(total) - 1));
    if (before <= target && target < before + sum) {
        // Sums of this lane's part alone are finer than sums of everything. Where rounding keeps them from reaching the
        // place, the last index counts that moved them.
        const float place = target - before;
        float running = 0;
        uint index = from;
        for (uint i = from; i < to && running <= place; i++) {
            const float next = running + weight(logits[i], largest);
            if (next > running) index = i;
            running = next;
        }
        drawn[0] = index;
    }
}
