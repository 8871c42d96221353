// logits[r, t] = the lowest finite number where bit t of row r's mask is 0, in place. NaN and infinities stay, so that
// they are noticed.
//
// logits: (rows, columns) f32; masks: (rows, words): a word that is 0 where the row has no mask, then a bit a column, bit
// t % 32 of word t / 32. One invocation a column, rows along z; a row without a mask costs a look at its first word.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Masks { uint masks[]; };

layout(push_constant) uniform Push {
    uint columns;
    uint words;
};

#include "Grid.glsl"
#include "Token.glsl"

const float LOWEST_FLOAT = -3.402823466e38;

void main() {
    const uint row = gl_WorkGroupID.z;
    const uint column = elementIndex();
    if (column >= columns || masks[row * words] == 0) return;
    if ((masks[row * words + 1 + column / 32] >> (column % 32) & 1) != 0) return;
    const uint place = row * columns + column;
    if (isFinite(logits[place])) logits[place] = LOWEST_FLOAT;
}
