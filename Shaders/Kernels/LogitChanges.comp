// For each entry (t, bias, offset) of row r's list, in place, each step rounded once:
//
//   x = logits[r, t] + bias
//   x = x > 0 ? x · inverse : x · penalty          where t is marked as repeated; penalty and inverse are the row's
//   logits[r, t] = x − offset
//
// NaN and infinities stay, sums end at the largest numbers, and the lowest stays there: Reference.change is the
// definition.
//
// logits: (rows, columns) f32; changes: (rows, 1 + 3 · capacity): a count, then as many entries of distinct tokens, of
// which those outside the row count nothing; parameters: (rows, ROW_WORDS). One workgroup a row; a row without entries
// costs nothing.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Changes { uint changes[]; };
layout(binding = 2) readonly buffer Parameters { uint parameters[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint capacity;
};

#include "Grid.glsl"
#include "Sampling.glsl"
#include "Token.glsl"

const uint ENTRY_WORDS = 3;
// In an entry's first word: the token was in the recent text.
const uint REPEATED = 0x80000000u;

float bounded(float value) { return flushed(min(max(value, -LARGEST_FLOAT), LARGEST_FLOAT)); }

float changed(float logit, uint entry, uint row) {
    precise float sum = logit + uintBitsToFloat(changes[entry + 1]);
    precise float value = bounded(sum);
    if ((changes[entry] & REPEATED) != 0 && value > -LARGEST_FLOAT) {
        precise float product = value * realParameter(row, value > 0 ? INVERSE_PENALTY : PENALTY);
        value = flushed(product);
        if (!isFinite(value)) return value;
    }
    precise float difference = value - uintBitsToFloat(changes[entry + 2]);
    return bounded(difference);
}

void main() {
    const uint row = workgroupIndex();
    if (row >= rows || parameter(row, MODE) == MODE_NONE) return;
    const uint list = row * (1 + ENTRY_WORDS * capacity);
    const uint count = min(changes[list], capacity);
    for (uint i = gl_LocalInvocationID.x; i < count; i += LANES) {
        const uint entry = list + 1 + ENTRY_WORDS * i;
        const uint token = changes[entry] & ~REPEATED;
        if (token >= columns) continue;
        const uint place = row * columns + token;
        const float logit = flushed(logits[place]);
        if (isFinite(logit)) logits[place] = changed(logit, entry, row);
    }
}
