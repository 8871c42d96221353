// x[r] += bias: a vector joins every row, in place.
//
// x: (rows, columns) f32; bias: (columns) f32. One invocation an element.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) buffer X { float x[]; };
layout(binding = 1) readonly buffer Bias { float bias[]; };

layout(push_constant) uniform Push {
    uint count;
    uint columns;
};

#include "Grid.glsl"

void main() {
    const uint index = elementIndex();
    if (index < count) x[index] += bias[index % columns];
}
