// sum[i] = a[i] + b[i]: the residual connection.
//
// a, b, sum: (count) f32; sum may be a. One invocation an element.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 2) writeonly buffer Out { float sum[]; };

layout(push_constant) uniform Push { uint count; };

#include "Grid.glsl"

void main() {
    const uint i = elementIndex();
    if (i < count) sum[i] = a[i] + b[i];
}
