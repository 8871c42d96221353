// out[r] = x[r] / sqrt(mean(x[r]²) + ε) ⊙ weight: root mean square layer normalisation.
//
// x, out: (rows, columns) f32; weight: (columns) f32. One workgroup a row.
// Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Weight { float weight[]; };
layout(binding = 2) writeonly buffer Out { float normed[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    float epsilon;
};

#include "Grid.glsl"
#include "Reduce.glsl"

#define RMS_VALUE(i) x[workgroupIndex() * columns + (i)]
#include "RMS.glsl"

void main() {
    const uint row = workgroupIndex();
    if (row >= rows) return;
    const uint start = row * columns;
    const float scale = inverseRMS(columns, epsilon);
    for (uint i = gl_LocalInvocationID.x; i < columns; i += LANES) normed[start + i] = x[start + i] * scale * weight[i];
}
