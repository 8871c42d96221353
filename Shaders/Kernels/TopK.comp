// candidates[r, p] = what of part p of logits[r] may be among the row's top-k: its first min(k, columns of the part), two
// words each, an order (see orderOf) and a column, largest first. Of a part with NaN or infinities the orders are 0.
//
// logits: (rows, columns) f32; parameters: (rows, ROW_WORDS), each row's own; candidates: (rows, parts · LARGEST_K, 2), those of a
// row without gaps, the rest not written, nor rows whose mode is MODE_NONE. One workgroup a part.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_vote : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint LARGEST_K = 128;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Parameters { uint parameters[]; };
layout(binding = 2) writeonly buffer Candidates { uint candidates[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    // Of each row, `width` columns in each but the last.
    uint parts;
    uint width;
};

#include "Grid.glsl"
#include "Reduce.glsl"
#include "Sampling.glsl"
#include "TopK.glsl"

// The row's first logit, and the part's first column.
uint start;
uint begin;

uint orderAt(uint entry) { return orderOf(logits[start + begin + entry]); }
uint idAt(uint entry) { return begin + entry; }

void main() {
    const uint row = workgroupIndex() / parts;
    if (row >= rows || parameter(row, MODE) == MODE_NONE) return;
    const uint part = workgroupIndex() % parts;
    start = row * columns;
    begin = part * width;
    entries = min(width, columns - begin);
    idEnd = begin + entries;
    const uint k = topK(row, entries);
    const uint place = row * parts * LARGEST_K + part * topK(row, width);
    if (!collectFirst(k)) {
        for (uint i = gl_LocalInvocationID.x; i < k; i += LANES) {
            candidates[2 * (place + i)] = 0;
            candidates[2 * (place + i) + 1] = begin + i;
        }
        return;
    }
    for (uint i = gl_LocalInvocationID.x; i < found; i += LANES) {
        const uint rank = rankOf(i);
        if (rank < k) {
            candidates[2 * (place + rank)] = orders[i];
            candidates[2 * (place + rank) + 1] = ids[i];
        }
    }
}
