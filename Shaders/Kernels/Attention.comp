// out[t][h] = Σ_j softmax_j(q[t][h] · keys[j][g] · scale) · values[j][g], over positions
// positions[t] - window < j ≤ positions[t]: causal attention of grouped queries, g = h / (heads / kvHeads), with
// running maximum and sum (flash attention). A window that is longer than every text leaves no position out.
//
// q, out: (tokens, heads, headDim) f32; keys, values: (pages · PAGE, kvHeads, headDim) f16, f32 or q8_0; positions: (tokens);
// tables: (tokens), where the page table of the token's sequence begins in pages. Rows of no sequence become 0.
// One workgroup a head and tile of tokens. QUERY_LANES lanes own a query, each some quads of its elements and of its
// output, and all of them go through the same keys and values, a block after the other: those that no query of the tile
// sees are left out. A query's maximum and sums change once every AT_ONCE keys, at fixed positions, and by nothing where it
// sees none of these: its bits do not depend on the tile's other rows nor on where pages lie.
// A block lies in shared memory; with FETCH = TEXELS its keys lie in the lanes' registers, AT_ONCE together, and shuffles
// hand them round: see Activations.glsl.
// In the half class (HALF) queries times `scale`, keys, values and weights (HalfWeights.glsl) are rounded to f16 before they
// are multiplied, of which what is beyond its range becomes the last in it; sums are f32, and the total is that of the
// rounded weights.
// Dao et al. 2022, https://arxiv.org/abs/2205.14135
//
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
// variants: FETCH = (BUFFER), TEXELS
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_samplerless_texture_functions : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x_id = 0) in;
// Whole subgroups; with TEXELS one.
layout(constant_id = 0) const uint LANES = 32;
// Lanes of a subgroup that share a query: a power of two; with TEXELS 1.
layout(constant_id = 1) const uint QUERY_LANES = 1;
// ⌈headDim ÷ 4 ÷ QUERY_LANES⌉.
layout(constant_id = 2) const uint QUADS = 16;
// Keys of a block: a multiple of AT_ONCE.
layout(constant_id = 3) const uint BLOCK_KEYS = 16;
// Words of a chunk.
layout(constant_id = 4) const uint KEY_WORDS = 4;
layout(constant_id = 5) const uint VALUE_WORDS = 4;
// Positions of a page.
layout(constant_id = 6) const uint PAGE = 32;
// Whether operands are those of the half class.
layout(constant_id = 7) const bool HALF = false;

#if FETCH == FETCH_TEXELS
layout(binding = 0) uniform textureBuffer q;
layout(binding = 1) uniform utextureBuffer keys;
layout(binding = 2) uniform utextureBuffer values;
#else
layout(binding = 0) readonly buffer Q { float q[]; };
layout(binding = 1) readonly buffer Keys { uint keys[]; };
layout(binding = 1) readonly buffer Keys4 { uvec4 keys4[]; };
layout(binding = 2) readonly buffer Values { uint values[]; };
layout(binding = 2) readonly buffer Values4 { uvec4 values4[]; };
#endif
layout(binding = 3) readonly buffer Positions { uint positions[]; };
layout(binding = 4) readonly buffer Tables { uint tables[]; };
layout(binding = 5) readonly buffer Pages { uint pages[]; };
layout(binding = 6) writeonly buffer Out { float attended[]; };

layout(push_constant) uniform Push {
    // The first of the tokens that are computed, and what comes behind the last.
    uint firstToken;
    uint endToken;
    uint heads;
    uint kvHeads;
    uint headDim;
    float scale;
    // Positions that a token sees, itself included.
    uint window;
};

#include "Cache.glsl"
#include "CacheChunks.glsl"
#include "Dot.glsl"
#include "Grid.glsl"
#include "HalfWeights.glsl"
#include "Pages.glsl"

const uint QUERIES = LANES / QUERY_LANES;
// Keys whose scores are taken together.
const uint AT_ONCE = 4;
// Lower than any score, yet finite: -∞ - -∞ would be NaN.
const float LOWEST = -3.4e38;

// Of the lane's query: its quads times `scale`, those of its output, the largest score and the sum of weights so far.
vec4 query[QUADS];
vec4 sum[QUADS];
float largest;
float total;
// Which positions the query sees.
uint begin;
uint end;

// As the class multiplies it.
float operand(float value) { return HALF ? halfOfBits(roundToF16(value)) : value; }
vec4 operands(vec4 values) {
    return HALF ? vec4(operand(values.x), operand(values.y), operand(values.z), operand(values.w)) : values;
}
vec4 weightOperands(vec4 weights) { return HALF ? operands(weights * WEIGHT_FACTOR) : weights; }
// What a cache of f16 holds is that already.
#if KEYS == KEYS_F16
#define keyOperand(VALUE) (VALUE)
#else
#define keyOperand operand
#endif
#if VALUES == VALUES_F16
#define valueOperand(VALUE) (VALUE)
#else
#define valueOperand operand
#endif

#if FETCH == FETCH_TEXELS
const uint KEY_QUADS = KEY_ELEMENTS / 4;
const uint VALUE_QUADS = VALUE_ELEMENTS / 4;
// Chunks of a head that a lane holds.
const uint KEY_CHUNKS = (QUADS + KEY_QUADS * LANES - 1) / (KEY_QUADS * LANES);
const uint VALUE_CHUNKS = (QUADS + VALUE_QUADS * LANES - 1) / (VALUE_QUADS * LANES);
vec4 key[AT_ONCE][KEY_CHUNKS * KEY_QUADS];
vec4 value[AT_ONCE][VALUE_CHUNKS * VALUE_QUADS];

void stage(uint k, uint row) {
    const uint lane = gl_SubgroupInvocationID;
    [[unroll]] for (uint i = 0; i < KEY_CHUNKS; i++) {
        const uint c = min(i * LANES + lane, headDim / KEY_ELEMENTS - 1);
        const uvec4 chunk = keyChunk(row * wordsOfKey(headDim), c);
        [[unroll]] for (uint e = 0; e < KEY_ELEMENTS; e++)
            key[k][i * KEY_QUADS + e / 4][e % 4] = keyOperand(keyElement(chunk, e) * keyScale(chunk, c));
    }
    [[unroll]] for (uint i = 0; i < VALUE_CHUNKS; i++) {
        const uint c = min(i * LANES + lane, headDim / VALUE_ELEMENTS - 1);
        const uvec4 chunk = valueChunk(row * wordsOfValue(headDim), c);
        [[unroll]] for (uint e = 0; e < VALUE_ELEMENTS; e++)
            value[k][i * VALUE_QUADS + e / 4][e % 4] = valueOperand(valueElement(chunk, e) * valueScale(chunk, c));
    }
}

// The quad of key k, counted from `first`, that the lane's i-th is multiplied by; k and i are constants after unrolling.
vec4 keyQuad(uint first, uint k, uint i) {
    const uint chunk = i / KEY_QUADS;
    return subgroupShuffle(key[k][chunk / LANES * KEY_QUADS + i % KEY_QUADS], chunk % LANES);
}
vec4 valueQuad(uint first, uint k, uint i) {
    const uint chunk = i / VALUE_QUADS;
    return subgroupShuffle(value[k][chunk / LANES * VALUE_QUADS + i % VALUE_QUADS], chunk % LANES);
}
#else
const uint WIDTH = QUADS * QUERY_LANES;
shared vec4 key[BLOCK_KEYS * WIDTH];
shared vec4 value[BLOCK_KEYS * WIDTH];

vec4 keyQuad(uint first, uint k, uint i) {
    return key[(first + k) * WIDTH + i * QUERY_LANES + gl_SubgroupInvocationID % QUERY_LANES];
}
vec4 valueQuad(uint first, uint k, uint i) {
    return value[(first + k) * WIDTH + i * QUERY_LANES + gl_SubgroupInvocationID % QUERY_LANES];
}

void stage(uint k, uint row, uint quad) {
    vec4 keyElements = vec4(0);
    vec4 valueElements = vec4(0);
    [[unroll]] for (uint e = 0; e < 4; e++) {
        if (4 * quad + e >= headDim) break;
        const uint d = 4 * quad + e;
        const uint keyPart = d / KEY_ELEMENTS;
        const uvec4 keyWords = keyChunk(row * wordsOfKey(headDim), keyPart);
        keyElements[e] = keyOperand(keyElement(keyWords, d % KEY_ELEMENTS) * keyScale(keyWords, keyPart));
        const uint valuePart = d / VALUE_ELEMENTS;
        const uvec4 valueWords = valueChunk(row * wordsOfValue(headDim), valuePart);
        valueElements[e] =
            valueOperand(valueElement(valueWords, d % VALUE_ELEMENTS) * valueScale(valueWords, valuePart));
    }
    key[k * WIDTH + quad] = keyElements;
    value[k * WIDTH + quad] = valueElements;
}
#endif

// The first position that a token sees, of which the last is the `count`-th.
uint firstSeen(uint count) { return count - min(count, window); }

uint lane() { return gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID; }

// The query's part of AT_ONCE keys from the k-th of the block on, which lie at `first` and behind it.
void attend(uint k, uint first, bool isOfRun) {
    vec4 score = vec4(0);
    [[unroll]] for (uint i = 0; i < QUADS; i++)
        [[unroll]] for (uint j = 0; j < AT_ONCE; j++) score[j] += dot4(query[i], keyQuad(k, j, i));
    [[unroll]] for (uint other = 1; other < QUERY_LANES; other *= 2) score += subgroupShuffleXor(score, other);

    const uvec4 position = first + uvec4(0, 1, 2, 3);
    bvec4 sees;
    [[unroll]] for (uint j = 0; j < AT_ONCE; j++) sees[j] = isOfRun && position[j] >= begin && position[j] < end;
    score = mix(vec4(LOWEST), score, sees);
    const float newLargest = max(max(max(score.x, score.y), max(score.z, score.w)), largest);
    const vec4 weight = weightOperands(mix(vec4(0), exp(score - newLargest), sees));
    const float shrink = exp(largest - newLargest);
    largest = newLargest;
    precise const float weights = (weight.x + weight.y) + (weight.z + weight.w);
    total = fma(total, shrink, weights);
    [[unroll]] for (uint i = 0; i < QUADS; i++) {
        vec4 part = sum[i] * shrink;
        // Not 0 times a value that is not finite: what a query does not see must not touch it.
        [[unroll]] for (uint j = 0; j < AT_ONCE; j++) {
            const vec4 added = fma(vec4(weight[j]), valueQuad(k, j, i), part);
            part = sees[j] ? added : part;
        }
        sum[i] = part;
    }
}

// Positions from `least` on and before `most` of the sequence whose page table is at `table`.
void attendRun(uint table, uint group, uint least, uint most, bool isOfRun) {
    for (uint first = least / BLOCK_KEYS * BLOCK_KEYS; first < most; first += BLOCK_KEYS) {
#if FETCH != FETCH_TEXELS
        barrier();
        for (uint i = lane(); i < BLOCK_KEYS * WIDTH; i += LANES) {
            const uint position = clamp(first + i / WIDTH, least, most - 1);
            stage(i / WIDTH, placeOf(table, position) * kvHeads + group, i % WIDTH);
        }
        barrier();
#endif
        for (uint k = 0; k < BLOCK_KEYS; k += AT_ONCE) {
#if FETCH == FETCH_TEXELS
            [[unroll]] for (uint j = 0; j < AT_ONCE; j++)
                stage(j, placeOf(table, clamp(first + k + j, least, most - 1)) * kvHeads + group);
#endif
            attend(k, first + k, isOfRun);
        }
    }
}

void main() {
    // Heads that share keys come after one another.
    const uint h = workgroupIndex() % heads;
    const uint firstOfTile = firstToken + workgroupIndex() / heads * QUERIES;
    if (firstOfTile >= endToken) return;
    const uint group = h / (heads / kvHeads);
    const uint tokensOfTile = min(QUERIES, endToken - firstOfTile);
    const uint own = lane() / QUERY_LANES;
    const uint t = firstOfTile + min(own, tokensOfTile - 1);
    const uint firstQuad = lane() % QUERY_LANES;

    [[unroll]] for (uint i = 0; i < QUADS; i++) {
        const uint d = 4 * (i * QUERY_LANES + firstQuad);
        const uint at = (t * heads + h) * headDim + d;
#if FETCH == FETCH_TEXELS
        query[i] = operands(texelFetch(q, int(at / 4)) * scale);
#else
        query[i] = operands(vec4(
            d < headDim ? q[at] : 0, d + 1 < headDim ? q[at + 1] : 0, d + 2 < headDim ? q[at + 2] : 0,
            d + 3 < headDim ? q[at + 3] : 0) * scale);
#endif
        sum[i] = vec4(0);
    }
    largest = LOWEST;
    total = 0;
    const bool isOfSequence = tables[t] != NO_TABLE;
    end = positions[t] + 1;
    begin = firstSeen(end);

    // Runs of rows of one sequence: nearly always the whole tile is one.
    uint next;
    for (uint run = 0; run < tokensOfTile; run = next) {
        const uint table = tables[firstOfTile + run];
        uint least = 0xFFFFFFFFu;
        uint most = 0;
        for (next = run; next < tokensOfTile && tables[firstOfTile + next] == table; next++) {
            const uint count = positions[firstOfTile + next] + 1;
            least = min(least, firstSeen(count));
            most = max(most, count);
        }
        if (table != NO_TABLE) attendRun(table, group, least, most, own >= run && own < next);
    }

    if (own >= tokensOfTile) return;
    [[unroll]] for (uint i = 0; i < QUADS; i++) {
        const uint d = 4 * (i * QUERY_LANES + firstQuad);
        const vec4 result = isOfSequence ? sum[i] / total : vec4(0);
        [[unroll]] for (uint e = 0; e < 4; e++)
            if (d + e < headDim) attended[(t * heads + h) * headDim + d + e] = result[e];
    }
}
