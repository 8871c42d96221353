// out[t][h] = Σ_s exp(m_s - m) · sum_s ÷ Σ_s exp(m_s - m) · total_s, m = max m_s: puts together what AttentionSplit.comp
// gave for the splits of a row's positions, first to last. Of one split its sum ÷ its total, exactly.
// Dao et al. 2023, https://crfm.stanford.edu/2023/10/12/flashdecoding
//
// partials: (rows, heads, splits, headDim + 2) f32, a head's sums, m_s and total_s; out: (rows, heads, headDim) f32.
// Rows of no sequence become 0. Every invocation owns two elements, since heads have an even number.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 128;
// Positions of a split.
layout(constant_id = 1) const uint SPLIT = 512;

layout(binding = 0) readonly buffer Partials { float partials[]; };
layout(binding = 1) readonly buffer Positions { uint positions[]; };
layout(binding = 2) readonly buffer Tables { uint tables[]; };
layout(binding = 3) writeonly buffer Out { float attended[]; };

layout(push_constant) uniform Push {
    // Heads that are put together, counted over all rows, and the first of them.
    uint count;
    uint firstHead;
    uint heads;
    uint headDim;
    uint window;
    // Most splits of a row.
    uint splits;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Splits.glsl"

void main() {
    const uint pairs = headDim / 2;
    const uint index = elementIndex();
    if (index >= count * pairs) return;
    const uint head = index / pairs;
    const uint d = 2 * (index % pairs);
    const uint at = (firstHead + head) * headDim + d;
    const uint t = (firstHead + head) / heads;
    if (tables[t] == NO_TABLE) {
        attended[at] = 0;
        attended[at + 1] = 0;
        return;
    }
    const uint stride = wordsOfPartial(headDim);
    const uint first = head * splits * stride;
    const uint end = first + splitCount(positions[t] + 1) * stride;
    float largest = partials[first + headDim];
    float total = partials[first + headDim + 1];
    vec2 sum = vec2(partials[first + d], partials[first + d + 1]);
    for (uint split = first + stride; split < end; split += stride) {
        const float splitLargest = partials[split + headDim];
        const float newLargest = max(largest, splitLargest);
        const float shrink = exp(largest - newLargest);
        const float factor = exp(splitLargest - newLargest);
        largest = newLargest;
        total = fma(partials[split + headDim + 1], factor, total * shrink);
        sum = fma(vec2(partials[split + d], partials[split + d + 1]), vec2(factor), sum * shrink);
    }
    sum *= 1 / total;
    attended[at] = sum.x;
    attended[at + 1] = sum.y;
}
