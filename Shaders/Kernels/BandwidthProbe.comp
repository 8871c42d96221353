// Reads every word of a large buffer once, and writes one word a workgroup so that the reading cannot be left out:
// measures the bandwidth that kernels can hope for.
//
// data: (count) uvec4; sink: one word a workgroup. Each invocation adds words `stride` apart.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer Data { uvec4 data[]; };
layout(binding = 1) writeonly buffer Sink { uint sink[]; };

layout(push_constant) uniform Push {
    // Words of four that one workgroup reads; a multiple of LANES.
    uint perGroup;
    uint count;
};

#include "Grid.glsl"

void main() {
    const uint group = workgroupIndex();
    uvec4 sum = uvec4(0);
    for (uint i = gl_LocalInvocationID.x; i < perGroup; i += LANES) {
        const uint at = group * perGroup + i;
        if (at < count) sum += data[at];
    }
    const uint total = subgroupAdd(sum.x + sum.y + sum.z + sum.w);
    if (gl_LocalInvocationID.x == 0) sink[group] = total;
}
