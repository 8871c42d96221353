// out[t][h] = Σ_j softmax_j(q[t][h] · keys[j][g] · scale) · values[j][g] as in Attention.comp, for rows of prompts in the
// half class, by the GPU's matrix units.
//
// q, out: (tokens, heads, HEAD_DIM) f32; keys, values: (pages · PAGE, kvHeads, HEAD_DIM) f16, f32 or q8_0; positions:
// (tokens); tables: (tokens), where the page table of the token's sequence begins in pages. Rows of no sequence become 0.
// Queries times `scale`, keys and values are rounded to the nearest f16, of which what is beyond its range becomes the last
// in it, and weights (HalfWeights.glsl) as the driver rounds; scores and sums are f32. The total is that of the rounded
// weights: their errors then cancel in part.
// One workgroup a head and tile of queries, a subgroup MATRIX_ROWS of them, or with PARTS one part of their keys and then of
// their results' elements. All go through the same keys and values, a block after the other at fixed positions, in shared
// memory. A query's maximum and sums change once a block, and by nothing where it sees none of its keys: its bits do not
// depend on the tile's other rows nor on where pages lie.
// Weights of what a query does not see are 0, and 0 times a value is 0 but where that is not finite. Such values are staged
// as 0, and so is what nobody sees; a query that sees one has NaN for a total, so that all of its head becomes NaN.
// Dao et al. 2022, https://arxiv.org/abs/2205.14135
// VK_KHR_cooperative_matrix: https://registry.khronos.org/vulkan/specs/latest/man/html/VK_KHR_cooperative_matrix.html
//
// compiler: GL_KHR_cooperative_matrix
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_vote : require
#ifndef INTERFACE_ONLY
#extension GL_KHR_cooperative_matrix : require
#endif

layout(local_size_x_id = 0) in;
// Whole subgroups: ROW_SUBGROUPS · PARTS.
layout(constant_id = 0) const uint LANES = 128;
// Subgroups beside one another along queries, of which each has MATRIX_ROWS.
layout(constant_id = 1) const uint ROW_SUBGROUPS = 4;
// Subgroups that share queries: a divisor of BLOCK_KEYS and HEAD_DIM in matrices.
layout(constant_id = 2) const uint PARTS = 1;
// Keys of a block: a multiple of all sides of a matrix, at most 32.
layout(constant_id = 3) const uint BLOCK_KEYS = 32;
// The head dimension, a multiple of 16.
layout(constant_id = 4) const uint HEAD_DIM = 128;
// A matrix of scores or results is (MATRIX_ROWS, MATRIX_COLUMNS), a sum over MATRIX_DEPTH.
layout(constant_id = 5) const uint MATRIX_ROWS = 16;
layout(constant_id = 6) const uint MATRIX_COLUMNS = 16;
layout(constant_id = 7) const uint MATRIX_DEPTH = 16;
// Whether queries lie in shared memory; else in registers.
layout(constant_id = 8) const bool STAGED = false;
// Positions of a page.
layout(constant_id = 9) const uint PAGE = 32;

layout(binding = 0) readonly buffer Q { float q[]; };
layout(binding = 0) readonly buffer Q4 { vec4 q4[]; };
layout(binding = 1) readonly buffer Keys { uint keys[]; };
layout(binding = 1) readonly buffer Keys4 { uvec4 keys4[]; };
layout(binding = 2) readonly buffer Values { uint values[]; };
layout(binding = 2) readonly buffer Values4 { uvec4 values4[]; };
layout(binding = 3) readonly buffer Positions { uint positions[]; };
layout(binding = 4) readonly buffer Tables { uint tables[]; };
layout(binding = 5) readonly buffer Pages { uint pages[]; };
layout(binding = 6) writeonly buffer Out { float attended[]; };
layout(binding = 6) writeonly buffer Out4 { vec4 attended4[]; };

layout(push_constant) uniform Push {
    // The first of the tokens that are computed, and what comes behind the last.
    uint firstToken;
    uint endToken;
    uint heads;
    uint kvHeads;
    // HEAD_DIM.
    uint headDim;
    float scale;
    // Positions that a token sees, itself included.
    uint window;
};

// Words of a chunk: 16 bytes, but for q8_0.
#if KEYS == KEYS_Q8_0
const uint KEY_WORDS = 1;
#else
const uint KEY_WORDS = 4;
#endif
#if VALUES == VALUES_Q8_0
const uint VALUE_WORDS = 1;
#else
const uint VALUE_WORDS = 4;
#endif

#include "Cache.glsl"
#include "CacheChunks.glsl"
#include "Grid.glsl"
#include "Pages.glsl"
#include "HalfCache.glsl"
#include "HalfWeights.glsl"

const uint QUERIES = ROW_SUBGROUPS * MATRIX_ROWS;
const uint SUBGROUP = LANES / (ROW_SUBGROUPS * PARTS);
// Lower than any score, yet finite: -∞ - -∞ would be NaN.
const float LOWEST = -3.4e38;

// Keys and queries as rows of quads, two more than they have, so that rows begin in different banks.
const uint KEY_STRIDE = HEAD_DIM / 4 + 2;
shared f16vec4 k[BLOCK_KEYS * KEY_STRIDE];
// Of 16 bytes at least, so that what lies behind it begins where matrices may.
shared f16vec4 staged[STAGED ? QUERIES * KEY_STRIDE : 2];
// Values as a row an element, of pairs of keys, since matrices are loaded along what they are summed over.
const uint VALUE_STRIDE = BLOCK_KEYS / 2 + 4;
shared f16vec2 v[HEAD_DIM * VALUE_STRIDE];
// A block's scores in rows of quads, then what each row's results are multiplied by; in the end results on their way.
const uint SCORE_STRIDE = BLOCK_KEYS / 4 + 1;
shared vec4 scores[QUERIES * SCORE_STRIDE];
const uint WEIGHT_STRIDE = BLOCK_KEYS / 4;
shared f16vec4 weights[QUERIES * WEIGHT_STRIDE];
shared float totals[QUERIES];
// Keys of a block whose values are not finite, a bit each; of this block and of the next.
shared uint broken[2];
// Whether some row of a subgroup's has a new maximum.
shared uint changed[ROW_SUBGROUPS * PARTS];

// Until every lane is here, and sees what all have staged: accesses themselves wait for nothing (SharedMemoryAccess.swift).
#define MEET(SCOPE)                                                                                                     \
    controlBarrier(                                                                                                      \
        SCOPE, SCOPE, gl_StorageSemanticsShared,                                                                         \
        gl_SemanticsAcquireRelease | gl_SemanticsMakeAvailable | gl_SemanticsMakeVisible)
// Of the subgroups that share rows.
#define MEET_ROWS                                                                                                       \
    if (PARTS == 1) {                                                                                                    \
        MEET(gl_ScopeSubgroup);                                                                                          \
    } else {                                                                                                             \
        MEET(gl_ScopeWorkgroup);                                                                                         \
    }

// In the softmax a row has so many lanes, each some quads of its scores, the largest score and its part of the total.
const uint ROW_LANES = LANES / QUERIES;
const uint ROW_QUADS = BLOCK_KEYS / 4 / ROW_LANES;
float largest;
float total;
// Which positions the row sees: so many from `begin` on.
uint begin;
uint count;

// The first position that a token sees, of which the last is the `end`-th.
uint firstSeen(uint end) { return end - min(end, window); }

uint lane() { return gl_SubgroupID * SUBGROUP + gl_SubgroupInvocationID; }

// The rows and the part that the subgroup has. Intel's compiler does not see that the number is the same in all lanes, and
// would compute where matrices lie lane by lane, in five registers more.
uint ownSubgroup() { return subgroupBroadcastFirst(gl_SubgroupID); }
uint ownRow() { return ownSubgroup() / PARTS * MATRIX_ROWS; }
uint ownPart() { return ownSubgroup() % PARTS; }

// A quad of one of the tile's queries.
f16vec4 queryQuad(uint row, uint quad, uint firstOfTile, uint h) {
    const uint t = min(firstOfTile + row, endToken - 1);
    const uvec2 words = halfWords(q4[(t * heads + h) * (HEAD_DIM / 4) + quad] * scale);
    return f16vec4(unpackFloat2x16(words.x), unpackFloat2x16(words.y));
}

const uint OCTS = HEAD_DIM / 8;

// Keys and values of a block, of positions from `least` on and before `most`.
void stage(uint table, uint group, uint first, uint least, uint most, uint parity) {
    // Where a page holds whole blocks one look into the table is enough.
    const bool isInPage = PAGE % BLOCK_KEYS == 0;
    const uint firstPlace = isInPage ? placeOf(table, first) : 0;
    [[unroll]] for (uint i = 0; i < (BLOCK_KEYS * OCTS + LANES - 1) / LANES; i++) {
        const uint item = lane() + i * LANES;
        if (BLOCK_KEYS * OCTS % LANES != 0 && item >= BLOCK_KEYS * OCTS) break;
        const uint key = item / OCTS;
        const uint position = clamp(first + key, least, most - 1);
        const uint place = isInPage ? firstPlace + (position - first) : placeOf(table, position);
        const uvec4 oct = keyOct((place * kvHeads + group) * wordsOfKey(HEAD_DIM), item % OCTS);
        const uint at = key * KEY_STRIDE + 2 * (item % OCTS);
        k[at] = f16vec4(unpackFloat2x16(oct.x), unpackFloat2x16(oct.y));
        k[at + 1] = f16vec4(unpackFloat2x16(oct.z), unpackFloat2x16(oct.w));
    }
    [[unroll]] for (uint i = 0; i < (BLOCK_KEYS / 2 * OCTS + LANES - 1) / LANES; i++) {
        const uint item = lane() + i * LANES;
        if (BLOCK_KEYS / 2 * OCTS % LANES != 0 && item >= BLOCK_KEYS / 2 * OCTS) break;
        const uint pair = item % (BLOCK_KEYS / 2);
        uvec4 oct[2];
        [[unroll]] for (uint j = 0; j < 2; j++) {
            const uint position = first + 2 * pair + j;
            const uint nearest = clamp(position, least, most - 1);
            const uint place = isInPage ? firstPlace + (nearest - first) : placeOf(table, nearest);
            oct[j] = valueOct((place * kvHeads + group) * wordsOfValue(HEAD_DIM), item / (BLOCK_KEYS / 2));
            const bool isSeen = position >= least && position < most;
            const bool isBroken = !isFinite(oct[j]);
            if (isSeen && isBroken)
                atomicOr(broken[parity], 1u << (2 * pair + j), gl_ScopeWorkgroup, 0, gl_SemanticsRelaxed);
            if (!isSeen || isBroken) oct[j] = uvec4(0);
        }
        const uint at = item / (BLOCK_KEYS / 2) * 8 * VALUE_STRIDE + pair;
        [[unroll]] for (uint e = 0; e < 4; e++) {
            v[at + 2 * e * VALUE_STRIDE] = unpackFloat2x16((oct[0][e] & 0xFFFFu) | oct[1][e] << 16);
            v[at + (2 * e + 1) * VALUE_STRIDE] = unpackFloat2x16(oct[0][e] >> 16 | (oct[1][e] & 0xFFFF0000u));
        }
    }
}

// The weights of a block's keys, the first of which lies at position `first`, from their scores.
void weigh(uint first, uint seen, uint parity) {
    const uint row = lane() / ROW_LANES;
    const uint part = lane() % ROW_LANES;
    // One comparison: what lies before `begin` wraps around.
    const uint origin = first - begin;
    vec4 score[ROW_QUADS];
    float newLargest = largest;
    [[unroll]] for (uint i = 0; i < ROW_QUADS; i++) {
        score[i] = scores[row * SCORE_STRIDE + i * ROW_LANES + part];
        [[unroll]] for (uint e = 0; e < 4; e++) {
            if (origin + 4 * (i * ROW_LANES + part) + e >= seen) score[i][e] = LOWEST;
            newLargest = max(newLargest, score[i][e]);
        }
    }
    [[unroll]] for (uint other = 1; other < ROW_LANES; other *= 2)
        newLargest = max(newLargest, subgroupShuffleXor(newLargest, other));
    const float shrink = newLargest > largest ? exp(largest - newLargest) : 1;
    largest = newLargest;

    vec4 added = vec4(0);
    [[unroll]] for (uint i = 0; i < ROW_QUADS; i++) {
        vec4 weight = exp(score[i] - newLargest) * WEIGHT_FACTOR;
        [[unroll]] for (uint e = 0; e < 4; e++)
            if (origin + 4 * (i * ROW_LANES + part) + e >= seen) weight[e] = 0;
        const f16vec4 rounded = f16vec4(weight);
        weights[row * WEIGHT_STRIDE + i * ROW_LANES + part] = rounded;
        added += vec4(rounded);
    }
    total = fma(total, shrink, (added.x + added.y) + (added.z + added.w));
    if (broken[parity] != 0) {
        [[dont_unroll]] for (uint key = 0; key < BLOCK_KEYS; key++)
            if ((broken[parity] >> key & 1) != 0 && origin + key < seen) total = uintBitsToFloat(0x7FC00000u);
    }

    // The row's own quads of scores: it has read them.
    [[unroll]] for (uint i = 0; i < (MATRIX_COLUMNS / 4 + ROW_LANES - 1) / ROW_LANES; i++)
        if (i * ROW_LANES + part < MATRIX_COLUMNS / 4)
            scores[row * SCORE_STRIDE + i * ROW_LANES + part] = vec4(shrink);
    const bool isChanged = subgroupAny(shrink != 1);
    if (gl_SubgroupInvocationID == 0) changed[gl_SubgroupID] = uint(isChanged);
}

// Matrices of a block's keys, and of results' elements, that a subgroup has.
const uint KEY_MATRICES = BLOCK_KEYS / MATRIX_COLUMNS / PARTS;
const uint SUM_MATRICES = HEAD_DIM / MATRIX_COLUMNS / PARTS;
const uint DEPTHS = HEAD_DIM / MATRIX_DEPTH;
#ifndef INTERFACE_ONLY
coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseAccumulator> sum[SUM_MATRICES];
coopmat<float16_t, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_DEPTH, gl_MatrixUseA> query[STAGED ? 1 : DEPTHS];
// A block's scores.
coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseAccumulator> product[KEY_MATRICES];

// The tile's queries, to where they stay.
void loadQueries(uint firstOfTile, uint h) {
    if (STAGED) {
        for (uint i = lane(); i < QUERIES * (HEAD_DIM / 4); i += LANES)
            staged[i / (HEAD_DIM / 4) * KEY_STRIDE + i % (HEAD_DIM / 4)] =
                queryQuad(i / (HEAD_DIM / 4), i % (HEAD_DIM / 4), firstOfTile, h);
        return;
    }
    // By way of the keys' room.
    [[unroll]] for (uint first = 0; first < QUERIES; first += BLOCK_KEYS) {
        MEET(gl_ScopeWorkgroup);
        for (uint i = lane(); i < BLOCK_KEYS * (HEAD_DIM / 4); i += LANES)
            k[i / (HEAD_DIM / 4) * KEY_STRIDE + i % (HEAD_DIM / 4)] =
                queryQuad(first + i / (HEAD_DIM / 4), i % (HEAD_DIM / 4), firstOfTile, h);
        MEET(gl_ScopeWorkgroup);
        if (ownRow() >= first && ownRow() < first + BLOCK_KEYS) {
            [[unroll]] for (uint d = 0; d < DEPTHS; d++)
                coopMatLoad(
                    query[d], k, (ownRow() - first) * KEY_STRIDE + d * (MATRIX_DEPTH / 4), KEY_STRIDE,
                    gl_CooperativeMatrixLayoutRowMajor);
        }
    }
}

// Adds the products of some of the head's elements to the subgroup's scores, of keys from `firstKey` on.
void score(uint d, uint firstKey) {
    if (STAGED)
        coopMatLoad(
            query[0], staged, ownRow() * KEY_STRIDE + d * (MATRIX_DEPTH / 4), KEY_STRIDE,
            gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0; j < KEY_MATRICES; j++) {
        coopmat<float16_t, gl_ScopeSubgroup, MATRIX_DEPTH, MATRIX_COLUMNS, gl_MatrixUseB> key;
        coopMatLoad(
            key, k, (firstKey + j * MATRIX_COLUMNS) * KEY_STRIDE + d * (MATRIX_DEPTH / 4), KEY_STRIDE,
            gl_CooperativeMatrixLayoutColumnMajor);
        product[j] = coopMatMulAdd(query[STAGED ? 0 : d], key, product[j]);
    }
}

void score() {
    [[unroll]] for (uint j = 0; j < KEY_MATRICES; j++)
        product[j] = coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseAccumulator>(0);
    const uint firstKey = ownPart() * KEY_MATRICES * MATRIX_COLUMNS;
    [[unroll]] for (uint d = 0; d < DEPTHS; d++) score(d, firstKey);
    [[unroll]] for (uint j = 0; j < KEY_MATRICES; j++)
        coopMatStore(
            product[j], scores, ownRow() * SCORE_STRIDE + (firstKey + j * MATRIX_COLUMNS) / 4, SCORE_STRIDE,
            gl_CooperativeMatrixLayoutRowMajor);
}

// Adds the products of MATRIX_DEPTH keys' weights and values.
void accumulate(uint d) {
    const uint firstElement = ownPart() * SUM_MATRICES * MATRIX_COLUMNS;
    coopmat<float16_t, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_DEPTH, gl_MatrixUseA> weight;
    coopMatLoad(
        weight, weights, ownRow() * WEIGHT_STRIDE + d * (MATRIX_DEPTH / 4), WEIGHT_STRIDE,
        gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0; j < SUM_MATRICES; j++) {
        coopmat<float16_t, gl_ScopeSubgroup, MATRIX_DEPTH, MATRIX_COLUMNS, gl_MatrixUseB> value;
        coopMatLoad(
            value, v, (firstElement + j * MATRIX_COLUMNS) * VALUE_STRIDE + d * (MATRIX_DEPTH / 2), VALUE_STRIDE,
            gl_CooperativeMatrixLayoutColumnMajor);
        sum[j] = coopMatMulAdd(weight, value, sum[j]);
    }
}

// Adds those of a block.
void accumulate() {
    bool isChanged = false;
    [[unroll]] for (uint part = 0; part < PARTS; part++)
        isChanged = isChanged || changed[ownSubgroup() / PARTS * PARTS + part] != 0;
    // To multiply by 1 would change nothing.
    if (subgroupAny(isChanged)) {
        coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseAccumulator> shrink;
        coopMatLoad(shrink, scores, ownRow() * SCORE_STRIDE, SCORE_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
        [[unroll]] for (uint j = 0; j < SUM_MATRICES; j++) sum[j] = sum[j] * shrink;
    }
    [[unroll]] for (uint d = 0; d < BLOCK_KEYS / MATRIX_DEPTH; d++) accumulate(d);
}

// Positions from `least` on and before `most` of the sequence whose page table is at `table`.
void attendRun(uint table, uint group, uint least, uint most, uint seen) {
    for (uint first = least / BLOCK_KEYS * BLOCK_KEYS; first < most; first += BLOCK_KEYS) {
        const uint parity = first / BLOCK_KEYS % 2;
        MEET(gl_ScopeWorkgroup);
        stage(table, group, first, least, most, parity);
        MEET(gl_ScopeWorkgroup);
        if (lane() == 0) broken[1 - parity] = 0;
        score();
        MEET_ROWS
        weigh(first, seen, parity);
        MEET_ROWS
        accumulate();
    }
    // Who comes next begins with the first again.
    MEET(gl_ScopeWorkgroup);
    if (lane() == 0) broken[0] = broken[1] = 0;
}

// Sums by their rows' totals, through the scores' room to where they belong.
void store(uint firstOfTile, uint tokensOfTile, uint h) {
    const uint column = ownPart() * (MATRIX_COLUMNS / 4);
    const uint firstQuad = ownPart() * SUM_MATRICES * (MATRIX_COLUMNS / 4);
    [[unroll]] for (uint j = 0; j < SUM_MATRICES; j++) {
        coopMatStore(
            sum[j], scores, ownRow() * SCORE_STRIDE + column, SCORE_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
        MEET(gl_ScopeSubgroup);
        [[unroll]] for (uint i = 0; i < (MATRIX_ROWS * MATRIX_COLUMNS / 4 + SUBGROUP - 1) / SUBGROUP; i++) {
            const uint quad = gl_SubgroupInvocationID + i * SUBGROUP;
            const uint row = ownRow() + quad / (MATRIX_COLUMNS / 4);
            const uint c = quad % (MATRIX_COLUMNS / 4);
            if (quad >= MATRIX_ROWS * MATRIX_COLUMNS / 4 || row >= tokensOfTile) continue;
            const vec4 result = scores[row * SCORE_STRIDE + column + c] / totals[row];
            // A sum of nothing has no sign, whatever unseen zeros were added to it.
            attended4[((firstOfTile + row) * heads + h) * (HEAD_DIM / 4) + firstQuad + j * (MATRIX_COLUMNS / 4) + c] =
                mix(result, vec4(0), equal(result, vec4(0)));
        }
        MEET(gl_ScopeSubgroup);
    }
}
#endif

void main() {
    // Heads that share keys come after one another.
    const uint h = workgroupIndex() % heads;
    const uint firstOfTile = firstToken + workgroupIndex() / heads * QUERIES;
    if (firstOfTile >= endToken) return;
    const uint group = h / (heads / kvHeads);
    const uint tokensOfTile = min(QUERIES, endToken - firstOfTile);
    const uint own = lane() / ROW_LANES;
    const uint t = firstOfTile + min(own, tokensOfTile - 1);
    largest = LOWEST;
    total = 0;
    begin = firstSeen(positions[t] + 1);
    count = positions[t] + 1 - begin;

#ifdef INTERFACE_ONLY
    // What a compiler without cooperative matrices makes is never run: it has the bindings and constants.
    stage(tables[t], group, 0, 0, 1, 0);
    staged[lane()] = queryQuad(own, 0, firstOfTile, h);
    weigh(0, count, 0);
    attended[t] = q[t] + totals[own] + float(KEY_MATRICES + SUM_MATRICES + DEPTHS);
    attended4[t] = scores[own];
#else
    if (lane() == 0) broken[0] = broken[1] = 0;
    loadQueries(firstOfTile, h);
    [[unroll]] for (uint j = 0; j < SUM_MATRICES; j++)
        sum[j] = coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseAccumulator>(0);

    // Runs of rows of one sequence: nearly always the whole tile is one.
    uint next;
    for (uint run = 0; run < tokensOfTile; run = next) {
        const uint table = tables[firstOfTile + run];
        uint least = 0xFFFFFFFFu;
        uint most = 0;
        for (next = run; next < tokensOfTile && tables[firstOfTile + next] == table; next++) {
            const uint end = positions[firstOfTile + next] + 1;
            least = min(least, firstSeen(end));
            most = max(most, end);
        }
        if (table != NO_TABLE) attendRun(table, group, least, most, own >= run && own < next ? count : 0);
    }

    [[unroll]] for (uint other = 1; other < ROW_LANES; other *= 2) total += subgroupShuffleXor(total, other);
    if (lane() % ROW_LANES == 0) totals[own] = tables[t] != NO_TABLE ? total : 1;
    MEET_ROWS
    store(firstOfTile, tokensOfTile, h);
#endif
}
