// x[i] *= factor, in place.
//
// x: (count) f32. One invocation an element.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) buffer X { float x[]; };

layout(push_constant) uniform Push {
    uint count;
    float factor;
};

#include "Grid.glsl"

void main() {
    const uint index = elementIndex();
    if (index < count) x[index] *= factor;
}
