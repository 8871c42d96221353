// Rows of activations as f16, each times a power of two that brings its largest magnitude to 2¹⁴ to 2¹⁵: nothing overflows,
// and what is 2⁻²⁸ of the largest is still normal.
//
// x: (rows, columns) f32; halves: as Include/HalfPanels.glsl describes them. One workgroup a row. Rows that hold NaN or
// infinities keep them.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Halves { uint halves[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    // Panels of a row.
    uint panels;
    // Rows that halves has room for.
    uint capacity;
    uint firstRow;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "HalfPanels.glsl"
#include "Reduce.glsl"

void main() {
    if (workgroupIndex() >= rows) return;
    const uint row = firstRow + workgroupIndex();
    const uint start = row * columns;
    float magnitude = 0;
    for (uint i = gl_LocalInvocationID.x; i < columns; i += LANES) magnitude = max(magnitude, abs(x[start + i]));
    const uint exponent = floatBitsToUint(workgroupMax(magnitude)) >> 23;
    // The exponent's bias is 127: 2^(14 − (exponent − 127)) and its inverse. Neither is subnormal; of rows smaller than any
    // trained model has nothing is left.
    const uint scaling = clamp(14 + 127 + 127 - exponent, 1u, 253u);
    const bool isPlain = exponent != 0 && exponent != 255;
    const float scale = isPlain ? uintBitsToFloat(scaling << 23) : 1;
    if (gl_LocalInvocationID.x == 0)
        halves[row] = isPlain ? (254 - scaling) << 23 : floatBitsToUint(1);
    for (uint i = gl_LocalInvocationID.x; i < panels * PANEL_WORDS; i += LANES) {
        const vec2 pair = vec2(
            2 * i < columns ? x[start + 2 * i] : 0, 2 * i + 1 < columns ? x[start + 2 * i + 1] : 0);
        halves[panelPlace(i / PANEL_WORDS, row, capacity) + i % PANEL_WORDS] = packF16(pair * scale);
    }
}
