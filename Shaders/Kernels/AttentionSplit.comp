// Attention as in Attention.comp, for rows that decode: each split of SPLIT positions of the cache by itself, so that one
// row occupies a whole device. Gives, for each row, head and split, Σ_j exp(s_j - m) · values[j][g], the largest score m
// and Σ_j exp(s_j - m), which AttentionCombine.comp puts together; where there is one split, the result itself.
//
// q, out: (rows, heads, headDim) f32; keys, values: (pages · PAGE, kvHeads, headDim) f16, f32 or q8_0; positions: (rows);
// tables: (rows), where the page table of the row's sequence begins in pages; partials: (rows, heads, splits,
// headDim + 2). Rows of no sequence become 0.
// One workgroup a row, HEADS heads of one group, and split. KEY_LANES lanes share a key and own chunks of its elements: a
// stream of keys, with a running maximum and sum of its own (flash attention). The streams of a subgroup meet in
// shuffles, those of several subgroups in shared memory, both in one order.
// Dao et al. 2022, https://arxiv.org/abs/2205.14135; Dao et al. 2023, https://crfm.stanford.edu/2023/10/12/flashdecoding
//
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
// variants: FETCH = (BUFFER), TEXELS
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_samplerless_texture_functions : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x_id = 0) in;
// Whole subgroups.
layout(constant_id = 0) const uint LANES = 256;
layout(constant_id = 1) const uint SUBGROUP = 32;
// A power of two, of a subgroup at most.
layout(constant_id = 2) const uint KEY_LANES = 16;
// Keys of a stream whose loads are under way together.
layout(constant_id = 3) const uint KEYS_AT_ONCE = 4;
// Divides the heads of a group, which read the same keys; 4 at most.
layout(constant_id = 4) const uint HEADS = 1;
// Words of a chunk.
layout(constant_id = 5) const uint KEY_WORDS = 4;
layout(constant_id = 6) const uint VALUE_WORDS = 4;
// Chunks of a lane.
layout(constant_id = 7) const uint KEY_CHUNKS = 1;
layout(constant_id = 8) const uint VALUE_CHUNKS = 1;
// Positions of a split.
layout(constant_id = 9) const uint SPLIT = 512;
// Positions of a page.
layout(constant_id = 10) const uint PAGE = 32;

layout(binding = 0) readonly buffer Q { float q[]; };
#if FETCH == FETCH_TEXELS
layout(binding = 1) uniform utextureBuffer keys;
layout(binding = 2) uniform utextureBuffer values;
#else
layout(binding = 1) readonly buffer Keys { uint keys[]; };
layout(binding = 1) readonly buffer Keys4 { uvec4 keys4[]; };
layout(binding = 2) readonly buffer Values { uint values[]; };
layout(binding = 2) readonly buffer Values4 { uvec4 values4[]; };
#endif
layout(binding = 3) readonly buffer Positions { uint positions[]; };
layout(binding = 4) readonly buffer Tables { uint tables[]; };
layout(binding = 5) readonly buffer Pages { uint pages[]; };
layout(binding = 6) writeonly buffer Partials { float partials[]; };
layout(binding = 7) writeonly buffer Out { float attended[]; };

layout(push_constant) uniform Push {
    // Units of a row and HEADS heads that are computed, and the first of them.
    uint units;
    uint firstUnit;
    uint heads;
    uint kvHeads;
    uint headDim;
    float scale;
    uint window;
    // Most splits of a row.
    uint splits;
};

#include "Cache.glsl"
#include "CacheChunks.glsl"
#include "Grid.glsl"
#include "Pages.glsl"
#include "Splits.glsl"

const uint SUBGROUPS = LANES / SUBGROUP;
const uint STREAMS = LANES / KEY_LANES;
// Elements of a head that a lane owns.
const uint KEY_SPAN = KEY_CHUNKS * KEY_ELEMENTS;
const uint VALUE_SPAN = VALUE_CHUNKS * VALUE_ELEMENTS;
// Elements of a head with those that fill it up.
const uint WIDTH = KEY_LANES * VALUE_SPAN;
// Lower than any score, yet finite: -∞ - -∞ would be NaN.
const float LOWEST = -3.4e38;

// A component a head, of which the compiler drops those that are not stored: loops over heads, around all others, are
// more than drivers unroll.
vec4 query[KEY_SPAN];
vec4 sum[VALUE_SPAN];
vec4 largest;
vec4 total;

shared float mergedSum[SUBGROUPS * HEADS * WIDTH];
shared float mergedLargest[SUBGROUPS * HEADS];
shared float mergedTotal[SUBGROUPS * HEADS];

// The products of the queries and a chunk of a key, added to what came before.
vec4 dotChunk(uvec4 chunk, uint c, uint at, vec4 before) {
    vec4 part = KEYS == KEYS_Q8_0 ? vec4(0) : before;
    [[unroll]] for (uint e = 0; e < KEY_ELEMENTS; e++)
        part = fma(query[at + e], vec4(keyElement(chunk, e)), part);
    return KEYS == KEYS_Q8_0 ? fma(part, vec4(keyScale(chunk, c)), before) : part;
}

// One step of a stream: keys `first`, `first` + STREAMS, … of those from `begin` on and before `end`.
void attend(uint table, uint group, uint lane, uint first, uint begin, uint end) {
    const uint lastKey = (headDim - 1) / KEY_ELEMENTS;
    const uint lastValue = (headDim - 1) / VALUE_ELEMENTS;
    uvec4 key[KEYS_AT_ONCE * KEY_CHUNKS];
    uvec4 value[KEYS_AT_ONCE * VALUE_CHUNKS];
    [[unroll]] for (uint k = 0; k < KEYS_AT_ONCE; k++) {
        const uint row = placeOf(table, clamp(first + k * STREAMS, begin, end - 1)) * kvHeads + group;
        [[unroll]] for (uint i = 0; i < KEY_CHUNKS; i++)
            key[k * KEY_CHUNKS + i] = keyChunk(row * wordsOfKey(headDim), min(lane + i * KEY_LANES, lastKey));
        [[unroll]] for (uint i = 0; i < VALUE_CHUNKS; i++)
            value[k * VALUE_CHUNKS + i] = valueChunk(row * wordsOfValue(headDim), min(lane + i * KEY_LANES, lastValue));
    }
    vec4 score[KEYS_AT_ONCE];
    vec4 newLargest = largest;
    [[unroll]] for (uint k = 0; k < KEYS_AT_ONCE; k++) {
        vec4 s = vec4(0);
        [[unroll]] for (uint i = 0; i < KEY_CHUNKS; i++)
            s = dotChunk(key[k * KEY_CHUNKS + i], min(lane + i * KEY_LANES, lastKey), i * KEY_ELEMENTS, s);
        // lavapipe goes through its lanes one by one for each shuffle, and once for a sum.
        if (KEY_LANES == SUBGROUP) {
            s = subgroupAdd(s);
        } else {
            [[unroll]] for (uint other = 1; other < KEY_LANES; other *= 2) s += subgroupShuffleXor(s, other);
        }
        const uint position = first + k * STREAMS;
        score[k] = position >= begin && position < end ? s : vec4(LOWEST);
        newLargest = max(newLargest, score[k]);
    }
    const vec4 shrink = exp(largest - newLargest);
    largest = newLargest;
    total *= shrink;
    [[unroll]] for (uint i = 0; i < VALUE_SPAN; i++) sum[i] *= shrink;
    [[unroll]] for (uint k = 0; k < KEYS_AT_ONCE; k++) {
        const uint position = first + k * STREAMS;
        const vec4 p = position >= begin && position < end ? exp(score[k] - newLargest) : vec4(0);
        total += p;
        [[unroll]] for (uint i = 0; i < VALUE_CHUNKS; i++) {
            const uvec4 chunk = value[k * VALUE_CHUNKS + i];
            const vec4 factor = p * valueScale(chunk, min(lane + i * KEY_LANES, lastValue));
            [[unroll]] for (uint e = 0; e < VALUE_ELEMENTS; e++) {
                const uint at = i * VALUE_ELEMENTS + e;
                sum[at] = fma(factor, vec4(valueElement(chunk, e)), sum[at]);
            }
        }
    }
}

// What the streams of a subgroup have, put together in each of them.
void mergeStreams() {
    [[unroll]] for (uint other = KEY_LANES; other < SUBGROUP; other *= 2) {
        const vec4 theirLargest = subgroupShuffleXor(largest, other);
        const vec4 newLargest = max(largest, theirLargest);
        const vec4 mine = exp(largest - newLargest);
        const vec4 theirs = exp(theirLargest - newLargest);
        largest = newLargest;
        total = total * mine + subgroupShuffleXor(total, other) * theirs;
        [[unroll]] for (uint i = 0; i < VALUE_SPAN; i++)
            sum[i] = sum[i] * mine + subgroupShuffleXor(sum[i], other) * theirs;
    }
}

// Element d of head h of the unit, of a split that is counted from the row's first one.
void store(uint unit, uint split, uint h, uint d, float value, float largestScore, float totalWeight) {
    if (splits == 1) {
        attended[(unit * HEADS + h) * headDim + d] = value * (1 / totalWeight);
        return;
    }
    const uint partial = (((unit - firstUnit) * HEADS + h) * splits + split) * wordsOfPartial(headDim);
    partials[partial + d] = value;
    if (d > 0) return;
    partials[partial + headDim] = largestScore;
    partials[partial + headDim + 1] = totalWeight;
}

void main() {
    const uint index = workgroupIndex();
    // All first splits before all second ones: those that a row does not have come last.
    const uint split = index / units;
    if (split >= splits) return;
    const uint unit = firstUnit + index % units;
    const uint t = unit / (heads / HEADS);
    const uint table = tables[t];
    if (table == NO_TABLE) {
        if (splits > 1) return;
        for (uint d = gl_LocalInvocationID.x; d < HEADS * headDim; d += LANES) attended[unit * HEADS * headDim + d] = 0;
        return;
    }
    const uint count = positions[t] + 1;
    if (split >= splitCount(count)) return;
    const uint start = (firstSplit(count) + split) * SPLIT;
    const uint begin = max(start, firstSeen(count));
    const uint end = min(start + SPLIT, count);

    const uint lane = gl_SubgroupInvocationID % KEY_LANES;
    const uint stream = gl_SubgroupID * (SUBGROUP / KEY_LANES) + gl_SubgroupInvocationID / KEY_LANES;
    [[unroll]] for (uint i = 0; i < KEY_SPAN; i++) {
        const uint d = (lane + i / KEY_ELEMENTS * KEY_LANES) * KEY_ELEMENTS + i % KEY_ELEMENTS;
        query[i] = vec4(0);
        [[unroll]] for (uint h = 0; h < HEADS; h++)
            if (d < headDim) query[i][h] = q[(unit * HEADS + h) * headDim + d] * scale;
    }
    [[unroll]] for (uint i = 0; i < VALUE_SPAN; i++) sum[i] = vec4(0);
    largest = vec4(LOWEST);
    total = vec4(0);
    // Steps begin at multiples of what all streams take in one, whatever the window leaves out.
    const uint step = STREAMS * KEYS_AT_ONCE;
    for (uint first = start + (begin - start) / step * step; first < end; first += step)
        attend(table, (unit * HEADS % heads) / (heads / kvHeads), lane, first + stream, begin, end);
    mergeStreams();

    if (SUBGROUPS > 1) {
        if (gl_SubgroupInvocationID < KEY_LANES) {
            [[unroll]] for (uint h = 0; h < HEADS; h++) {
                const uint slot = gl_SubgroupID * HEADS + h;
                [[unroll]] for (uint i = 0; i < VALUE_SPAN; i++)
                    mergedSum[slot * WIDTH + (lane + i / VALUE_ELEMENTS * KEY_LANES) * VALUE_ELEMENTS
                        + i % VALUE_ELEMENTS] = sum[i][h];
                mergedLargest[slot] = largest[h];
                mergedTotal[slot] = total[h];
            }
        }
        barrier();
        for (uint i = gl_LocalInvocationID.x; i < HEADS * headDim; i += LANES) {
            const uint h = i / headDim;
            const uint d = i % headDim;
            float most = mergedLargest[h];
            [[unroll]] for (uint g = 1; g < SUBGROUPS; g++) most = max(most, mergedLargest[g * HEADS + h]);
            float value = 0;
            float weight = 0;
            [[unroll]] for (uint g = 0; g < SUBGROUPS; g++) {
                const uint slot = g * HEADS + h;
                const float factor = exp(mergedLargest[slot] - most);
                value = fma(mergedSum[slot * WIDTH + d], factor, value);
                weight = fma(mergedTotal[slot], factor, weight);
            }
            store(unit, split, h, d, value, most, weight);
        }
    } else if (gl_SubgroupInvocationID < KEY_LANES) {
        [[unroll]] for (uint h = 0; h < HEADS; h++) {
            [[unroll]] for (uint i = 0; i < VALUE_SPAN; i++) {
                const uint d = (lane + i / VALUE_ELEMENTS * KEY_LANES) * VALUE_ELEMENTS + i % VALUE_ELEMENTS;
                if (d < headDim) store(unit, split, h, d, sum[i][h], largest[h], total[h]);
            }
        }
    }
}
