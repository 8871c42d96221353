// out[r] = x[indices[r]]: some rows of a matrix, in any order.
//
// x: (any, columns) f32; indices: (rows); out: (rows, columns) f32. One invocation an element.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Indices { uint indices[]; };
layout(binding = 2) writeonly buffer Out { float gathered[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
};

#include "Grid.glsl"

void main() {
    const uint index = elementIndex();
    const uint row = index / columns;
    if (row >= rows) return;
    gathered[index] = x[indices[row] * columns + index % columns];
}
