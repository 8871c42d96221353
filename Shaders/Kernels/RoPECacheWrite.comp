// Queries turn by the angles of their positions in place; keys turn likewise on their way into the cache, and values join
// them there: what RoPE.comp and CacheWrite.comp do in four dispatches.
//
// q: (tokens, heads, headDim) f32; k, v: (tokens, kvHeads, headDim) f32; positions: (tokens); table: (positions, pairs) of
// (cos, sin) f32; tables: (tokens), where the page table of the token's sequence begins in pages; keys, values: (pages ·
// PAGE, kvHeads, headDim) f16, f32 or q8_0. One invocation a pair of a query, and a unit of a key or a value, as
// Include/CacheUnit.glsl says. Rows of no sequence write nothing to the cache.
// Su et al. 2021, https://arxiv.org/abs/2104.09864
//
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const uint PAGE = 32;
// Whether a pair is (xᵢ, xᵢ₊ₚ) for p pairs, not (x₂ᵢ, x₂ᵢ₊₁).
layout(constant_id = 2) const bool HALVES = false;

layout(binding = 0) buffer Q { float q[]; };
layout(binding = 1) readonly buffer K { float k[]; };
layout(binding = 2) readonly buffer V { float v[]; };
layout(binding = 3) readonly buffer Table { vec2 table[]; };
layout(binding = 4) readonly buffer Positions { uint positions[]; };
layout(binding = 5) readonly buffer Tables { uint tables[]; };
layout(binding = 6) readonly buffer Pages { uint pages[]; };
layout(binding = 7) writeonly buffer Keys { uint keys[]; };
layout(binding = 8) writeonly buffer Values { uint values[]; };

layout(push_constant) uniform Push {
    uint tokens;
    uint heads;
    uint kvHeads;
    uint headDim;
    uint pairs;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Pages.glsl"
#include "Rotation.glsl"

// An element of a key's head, turned.
float turnedKey(uint head, uint element) {
    const uint start = head * headDim;
    if (element >= 2 * pairs) return k[start + element];
    const uint pair = HALVES ? element % pairs : element / 2;
    const bool isSecond = HALVES ? element >= pairs : (element & 1) != 0;
    const uint first = start + (HALVES ? pair : 2 * pair);
    const vec2 turn = table[positions[head / kvHeads] * pairs + pair];
    const vec2 both = turned(vec2(k[first], k[first + (HALVES ? pairs : 1)]), turn);
    return isSecond ? both.y : both.x;
}

#define UNIT_TYPE KEYS
#define WRITE_UNIT writeKeyUnit
#define UNITS_OF keyUnits
#define UNIT_CACHE keys
#define UNIT_VALUE(head, element) turnedKey(head, element)
#include "CacheUnit.glsl"

#define UNIT_TYPE VALUES
#define WRITE_UNIT writeValueUnit
#define UNITS_OF valueUnits
#define UNIT_CACHE values
#define UNIT_VALUE(head, element) v[(head) * headDim + (element)]
#include "CacheUnit.glsl"

void main() {
    const uint ofQueries = heads * pairs;
    const uint ofKeys = kvHeads * keyUnits(headDim);
    const uint ofToken = ofQueries + ofKeys + kvHeads * valueUnits(headDim);
    const uint index = elementIndex();
    const uint t = index / ofToken;
    if (t >= tokens) return;
    uint unit = index % ofToken;
    if (unit < ofQueries) {
        const uint pair = unit % pairs;
        const uint start = (t * heads + unit / pairs) * headDim;
        const uint first = start + (HALVES ? pair : 2 * pair);
        const uint second = first + (HALVES ? pairs : 1);
        const vec2 both = turned(vec2(q[first], q[second]), table[positions[t] * pairs + pair]);
        q[first] = both.x;
        q[second] = both.y;
        return;
    }
    if (tables[t] == NO_TABLE) return;
    const uint row = placeOf(tables[t], positions[t]) * kvHeads;
    unit -= ofQueries;
    if (unit < ofKeys) {
        const uint head = unit / keyUnits(headDim);
        writeKeyUnit(
            t * kvHeads + head, unit % keyUnits(headDim), headDim, (row + head) * wordsOfHead(KEYS, headDim));
        return;
    }
    unit -= ofKeys;
    const uint head = unit / valueUnits(headDim);
    writeValueUnit(
        t * kvHeads + head, unit % valueUnits(headDim), headDim, (row + head) * wordsOfHead(VALUES, headDim));
}
