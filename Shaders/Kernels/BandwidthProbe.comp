// Reads every word of a large buffer once, and writes one word a workgroup so that the reading cannot be left out:
// measures the bandwidth that kernels can hope for.
//
// data: (count) uvec4; sink: one word a workgroup. Each invocation has AT_ONCE loads under way, LANES words apart, which is
// what covers a GPU's latency.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint AT_ONCE = 8;

layout(binding = 0) readonly buffer Data { uvec4 data[]; };
layout(binding = 1) writeonly buffer Sink { uint sink[]; };

layout(push_constant) uniform Push {
    // Words of four that one workgroup reads; a multiple of LANES · AT_ONCE.
    uint perGroup;
    uint count;
};

#include "Grid.glsl"
#include "Reduce.glsl"

void main() {
    const uint group = workgroupIndex();
    uvec4 sum = uvec4(0);
    // Behind the end the last word is read again: a condition would be a wait before the next load.
    for (uint i = gl_LocalInvocationID.x; i < perGroup; i += LANES * AT_ONCE) {
        uvec4 loaded[AT_ONCE];
        [[unroll]] for (uint j = 0; j < AT_ONCE; j++) loaded[j] = data[min(group * perGroup + i + j * LANES, count - 1)];
        [[unroll]] for (uint j = 0; j < AT_ONCE; j++) sum += loaded[j];
    }
    // Of 16 bits each, so that every bit that was read counts.
    const uint own = sum.x + sum.y + sum.z + sum.w;
    const float total = workgroupSum(float(own & 0xFFFF) + float(own >> 16));
    if (gl_LocalInvocationID.x == 0) sink[group] = floatBitsToUint(total);
}
