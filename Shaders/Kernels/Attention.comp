// out[t][h] = Σ_j softmax_j(q[t][h] · keys[j][g] · scale) · values[j][g], over positions
// positions[t] - window < j ≤ positions[t]: causal attention of grouped queries, g = h / (heads / kvHeads), with
// running maximum and sum (flash attention). A window that is longer than every text leaves no position out.
//
// q, out: (tokens, heads, headDim) f32; keys, values: (pages · PAGE, kvHeads, headDim) f16, f32 or q8_0; positions: (tokens);
// tables: (tokens), where the page table of the token's sequence begins in pages. Rows of no sequence become 0.
// One subgroup a token and head. Keys come in blocks of LANES: a lane scores one key, then owns WORDS_PER_LANE words of
// the output and adds the block's values. Blocks begin at multiples of LANES, so that a row's sums do not depend on the
// other rows nor on where its pages lie.
// Dao et al. 2022, https://arxiv.org/abs/2205.14135
//
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x_id = 0) in;
// The subgroup's size.
layout(constant_id = 0) const uint LANES = 32;
// ⌈words of a head's values, without scales, ÷ LANES⌉.
layout(constant_id = 1) const uint WORDS_PER_LANE = 4;

// Positions of a page.
layout(constant_id = 2) const uint PAGE = 32;

layout(binding = 0) readonly buffer Q { float q[]; };
layout(binding = 1) readonly buffer Keys { uint keys[]; };
layout(binding = 2) readonly buffer Values { uint values[]; };
layout(binding = 3) readonly buffer Positions { uint positions[]; };
layout(binding = 4) readonly buffer Tables { uint tables[]; };
layout(binding = 5) readonly buffer Pages { uint pages[]; };
layout(binding = 6) writeonly buffer Out { float attended[]; };

layout(push_constant) uniform Push {
    uint tokens;
    uint heads;
    uint kvHeads;
    uint headDim;
    float scale;
    // The token whose heads count as the first ones.
    uint firstToken;
    // Positions that a token sees, itself included.
    uint window;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Pages.glsl"

#if KEYS == KEYS_F16
#define unpackKey unpackF16
#else
#define unpackKey unpackF32
#endif
const uint PER_KEY_WORD = KEYS == KEYS_F16 ? 2 : 1;
#if VALUES == VALUES_Q8_0
#define WordValues vec4
const uint PER_VALUE_WORD = 4;
#else
#define WordValues vec2
const uint PER_VALUE_WORD = VALUES == VALUES_F16 ? 2 : 1;
#endif
#if KEYS == KEYS_F16
#define wordsOfKey wordsOfHeadF16
#elif KEYS == KEYS_F32
#define wordsOfKey wordsOfHeadF32
#else
#define wordsOfKey wordsOfHeadQ8_0
#endif
#if VALUES == VALUES_F16
#define wordsOfValue wordsOfHeadF16
#elif VALUES == VALUES_F32
#define wordsOfValue wordsOfHeadF32
#else
#define wordsOfValue wordsOfHeadQ8_0
#endif

// Word w of the values of a head that begins at `value`.
WordValues valuesOf(uint value, uint w) {
#if VALUES == VALUES_Q8_0
    const uint block = w / (BLOCK / 4);
    return scaleOf(values[value + block / 2], block) * unpackQuants(values[value + scaleWords(headDim) + w]);
#elif VALUES == VALUES_F16
    return unpackF16(values[value + w]);
#else
    return unpackF32(values[value + w]);
#endif
}

// q · keys[position], whose head begins at `key`.
#if KEYS == KEYS_Q8_0
float score(uint query, uint key) {
    float sum = 0;
    for (uint first = 0; first < headDim; first += BLOCK) {
        const uint block = first / BLOCK;
        const uint end = min(first + BLOCK, headDim);
        float part = 0;
        for (uint d = first; d < end; d += 4) {
            const vec4 k = unpackQuants(keys[key + scaleWords(headDim) + d / 4]);
            part += q[query + d] * k.x;
            part += q[query + d + 1] * k.y;
            // Heads have an even number of elements.
            if (d + 2 < end) {
                part += q[query + d + 2] * k.z;
                part += q[query + d + 3] * k.w;
            }
        }
        sum += scaleOf(keys[key + block / 2], block) * part;
    }
    return sum * scale;
}
#else
float score(uint query, uint key) {
    const uint words = wordsOfKey(headDim);
    float sum = 0;
    for (uint w = 0; w < words; w++) {
        const vec2 k = unpackKey(keys[key + w]);
        const uint d = query + w * PER_KEY_WORD;
        sum += q[d] * k.x;
        if (PER_KEY_WORD == 2) sum += q[d + 1] * k.y;
    }
    return sum * scale;
}
#endif

void main() {
    const uint lane = gl_SubgroupInvocationID;
    const uint index = firstToken * heads + workgroupIndex();
    if (index >= (firstToken + tokens) * heads) return;
    const uint t = index / heads;
    const uint group = (index % heads) / (heads / kvHeads);
    const uint valueWords = (headDim + PER_VALUE_WORD - 1) / PER_VALUE_WORD;
    const uint table = tables[t];
    if (table == NO_TABLE) {
        for (uint d = lane; d < headDim; d += LANES) attended[index * headDim + d] = 0;
        return;
    }
    const uint count = positions[t] + 1;
    const uint begin = count - min(count, window);

    // Lower than any score, yet finite: -∞ - -∞ would be NaN.
    float largest = -3.4e38;
    float total = 0;
    WordValues sum[WORDS_PER_LANE];
    [[unroll]] for (uint i = 0; i < WORDS_PER_LANE; i++) sum[i] = WordValues(0);

    for (uint first = begin / LANES * LANES; first < count; first += LANES) {
        const bool valid = first + lane >= begin && first + lane < count;
        // The row of kvHeads heads that the lane's position has in the cache.
        const uint row = placeOf(table, clamp(first + lane, begin, count - 1)) * kvHeads + group;
        const float s = valid ? score(index * headDim, row * wordsOfKey(headDim)) : -3.4e38;
        const float newLargest = max(largest, subgroupMax(s));
        const float p = valid ? exp(s - newLargest) : 0;
        const float shrink = exp(largest - newLargest);
        total = total * shrink + subgroupAdd(p);
        largest = newLargest;
        [[unroll]] for (uint i = 0; i < WORDS_PER_LANE; i++) sum[i] *= shrink;

        const uint inBlock = min(LANES, count - first);
        for (uint j = max(first, begin) - first; j < inBlock; j++) {
            const float pj = subgroupShuffle(p, j);
            const uint value = subgroupShuffle(row, j) * wordsOfValue(headDim);
            [[unroll]] for (uint i = 0; i < WORDS_PER_LANE; i++) {
                const uint w = min(lane + i * LANES, valueWords - 1);
                sum[i] += pj * valuesOf(value, w);
            }
        }
    }

    [[unroll]] for (uint i = 0; i < WORDS_PER_LANE; i++) {
        const uint w = lane + i * LANES;
        if (w >= valueWords) break;
        const uint at = index * headDim + w * PER_VALUE_WORD;
        attended[at] = sum[i].x / total;
        if (PER_VALUE_WORD >= 2) attended[at + 1] = sum[i].y / total;
#if VALUES == VALUES_Q8_0
        if (w * PER_VALUE_WORD + 2 < headDim) {
            attended[at + 2] = sum[i].z / total;
            attended[at + 3] = sum[i].w / total;
        }
#endif
    }
}
