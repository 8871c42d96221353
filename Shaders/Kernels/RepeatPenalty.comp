// logits[r, t] = logits[r, t] > 0 ? logits[r, t] · inverse : logits[r, t] · penalty for each recent token t of row r, in
// place; penalty and inverse = 1 / penalty are the row's. NaN and infinities stay.
//
// logits: (rows, columns) f32; recent: (rows, 1 + capacity): a count, then as many distinct tokens, of which those
// outside the row count nothing; parameters: (rows, 8). One workgroup a row; a row without tokens costs nothing.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Recent { uint recent[]; };
layout(binding = 2) readonly buffer Parameters { uint parameters[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint capacity;
};

#include "Grid.glsl"
#include "Sampling.glsl"
#include "Token.glsl"

void main() {
    const uint row = workgroupIndex();
    if (row >= rows || parameter(row, MODE) == MODE_NONE) return;
    const uint list = row * (1 + capacity);
    const uint count = min(recent[list], capacity);
    const float penalty = realParameter(row, PENALTY);
    const float inverse = realParameter(row, INVERSE_PENALTY);
    for (uint i = gl_LocalInvocationID.x; i < count; i += LANES) {
        const uint token = recent[list + 1 + i];
        if (token >= columns) continue;
        const uint place = row * columns + token;
        const float logit = flushed(logits[place]);
        if (isFinite(logit)) logits[place] = flushed(logit > 0 ? logit * inverse : logit * penalty);
    }
}
