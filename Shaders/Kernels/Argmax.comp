// best[r] = the index of the largest of logits[r]; of equals the lowest; NO_TOKEN where one of them is NaN or infinite.
//
// logits: (rows, columns) f32; best: (rows). One workgroup a row.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) writeonly buffer Best { uint best[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
};

#include "Grid.glsl"
#include "Reduce.glsl"
#include "Token.glsl"

shared uint indices[LANES];

void main() {
    const uint row = workgroupIndex();
    if (row >= rows) return;
    const uint start = row * columns;
    float largest = -3.402823466e38;
    uint index = columns;
    float wrong = 0;
    for (uint i = gl_LocalInvocationID.x; i < columns; i += LANES) {
        // Subnormal values and -0 are 0, as for the sampler: some devices flush them.
        const float given = logits[start + i];
        const float value = (floatBitsToUint(given) & 0x7F800000u) == 0 ? 0 : given;
        if (!isFinite(given)) wrong = 1;
        if (value > largest || (value == largest && index == columns)) {
            largest = value;
            index = i;
        }
    }
    const float winner = workgroupMax(largest);
    const bool allFinite = workgroupMax(wrong) == 0;
    uint lowest = subgroupMin(largest == winner ? index : columns);
    if (gl_NumSubgroups > 1) {
        if (subgroupElect()) indices[gl_SubgroupID] = lowest;
        barrier();
        for (uint i = 0; i < gl_NumSubgroups; i++) lowest = min(lowest, indices[i]);
    }
    if (gl_LocalInvocationID.x == 0) best[row] = allFinite ? lowest : NO_TOKEN;
}
