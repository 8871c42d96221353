// out[t][h] = Σ_s exp(m_s - m) · sum_s ÷ Σ_s exp(m_s - m) · total_s, m = max m_s: puts together what AttentionSplit.comp
// gave for the splits of a row's positions, first to last. Of one split its sum ÷ its total, exactly.
//
// partials: (rows, heads, splits, headDim + 2) f32, a head's sums, m_s and total_s; out: (rows, heads, headDim) f32.
// Rows of no sequence become 0. Every invocation owns an element.
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
    const uint index = elementIndex();
    if (index >= count * headDim) return;
    const uint head = index / headDim;
    const uint d = index % headDim;
    const uint t = (firstHead + head) / heads;
    if (tables[t] == NO_TABLE) {
        attended[firstHead * headDim + index] = 0;
        return;
    }
    const uint stride = wordsOfPartial(headDim);
    const uint first = head * splits * stride;
    const uint end = first + splitCount(positions[t] + 1) * stride;
    float most = partials[first + headDim];
    for (uint split = first + stride; split < end; split += stride) most = max(most, partials[split + headDim]);
    const float firstFactor = exp(partials[first + headDim] - most);
    float value = partials[first + d] * firstFactor;
    float total = partials[first + headDim + 1] * firstFactor;
    for (uint split = first + stride; split < end; split += stride) {
        const float factor = exp(partials[split + headDim] - most);
        value = fma(partials[split + d], factor, value);
        total = fma(partials[split + headDim + 1], factor, total);
    }
    attended[firstHead * headDim + index] = value * (1 / total);
}
