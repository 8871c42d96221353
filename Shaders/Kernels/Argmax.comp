// best[r] = the index of the largest of logits[r]; of equals the lowest; NO_TOKEN where one of them is NaN or infinite.
//
// logits: (rows, columns) f32; best: (rows, parts). One workgroup a part of a row. With CANDIDATES only those columns are
// looked at that an earlier dispatch has found in the row's parts: (rows, candidates).
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const bool CANDIDATES = false;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Found { uint found[]; };
layout(binding = 2) writeonly buffer Best { uint best[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint parts;
    // Columns, or candidates, of a part.
    uint width;
    uint candidates;
};

#include "Grid.glsl"
#include "Reduce.glsl"
#include "Token.glsl"

shared uint indices[LANES];

void main() {
    const uint workgroup = workgroupIndex();
    const uint row = workgroup / parts;
    if (row >= rows) return;
    const uint start = row * columns;
    const uint begin = workgroup % parts * width;
    const uint end = min(begin + width, CANDIDATES ? candidates : columns);
    float largest = -3.402823466e38;
    uint index = columns;
    float wrong = 0;
    for (uint place = begin + gl_LocalInvocationID.x; place < end; place += LANES) {
        const uint i = CANDIDATES ? found[row * candidates + place] : place;
        if (i == NO_TOKEN) {
            wrong = 1;
            continue;
        }
        // Subnormal values and -0 are 0, as for the sampler: some devices flush them.
        const float given = logits[start + i];
        const float value = (floatBitsToUint(given) & 0x7F800000u) == 0 ? 0 : given;
        if (!isFinite(given)) wrong = 1;
        if (value > largest || (value == largest && i < index)) {
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
    if (gl_LocalInvocationID.x == 0) best[workgroup] = allFinite ? lowest : NO_TOKEN;
}
