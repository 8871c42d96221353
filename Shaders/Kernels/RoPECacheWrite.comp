// Queries turn by the angles of their positions in place; keys turn likewise on their way into the cache, and values join
// them there; with BIAS, each gets a bias before: what AddBias.comp, RoPE.comp and CacheWrite.comp do in four or seven
// dispatches.
//
// q: (tokens, heads, headDim) f32; k, v: (tokens, kvHeads, headDim) f32; biases: (heads, headDim), (kvHeads, headDim) twice,
// not looked at without BIAS; positions: (tokens); table: (positions, pairs) of
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
layout(constant_id = 3) const bool BIAS = false;

layout(binding = 0) buffer Q { float q[]; };
layout(binding = 1) readonly buffer K { float k[]; };
layout(binding = 2) readonly buffer V { float v[]; };
layout(binding = 3) readonly buffer QueryBias { float queryBias[]; };
layout(binding = 4) readonly buffer KeyBias { float keyBias[]; };
layout(binding = 5) readonly buffer ValueBias { float valueBias[]; };
layout(binding = 6) readonly buffer Table { vec2 table[]; };
layout(binding = 7) readonly buffer Positions { uint positions[]; };
layout(binding = 8) readonly buffer Tables { uint tables[]; };
layout(binding = 9) readonly buffer Pages { uint pages[]; };
layout(binding = 10) writeonly buffer Keys { uint keys[]; };
layout(binding = 11) writeonly buffer Values { uint values[]; };

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

float keyAt(uint index) { return BIAS ? k[index] + keyBias[index % (kvHeads * headDim)] : k[index]; }
float valueAt(uint index) { return BIAS ? v[index] + valueBias[index % (kvHeads * headDim)] : v[index]; }

// Turns a pair of a query in place; two elements that do not turn only get their bias.
void writeQuery(uint token, uint head, uint unit) {
    const uint start = (token * heads + head) * headDim;
    const bool turns = unit < pairs;
    const uint first = turns && HALVES ? unit : 2 * unit;
    const uint second = first + (turns && HALVES ? pairs : 1);
    vec2 both = vec2(q[start + first], q[start + second]);
    if (BIAS) both += vec2(queryBias[head * headDim + first], queryBias[head * headDim + second]);
    if (turns) both = turned(both, table[positions[token] * pairs + unit]);
    q[start + first] = both.x;
    q[start + second] = both.y;
}

// An element of a key's head, turned.
float turnedKey(uint head, uint element) {
    const uint start = head * headDim;
    if (element >= 2 * pairs) return keyAt(start + element);
    const uint pair = HALVES ? element % pairs : element / 2;
    const bool isSecond = HALVES ? element >= pairs : (element & 1) != 0;
    const uint first = start + (HALVES ? pair : 2 * pair);
    const vec2 turn = table[positions[head / kvHeads] * pairs + pair];
    const vec2 both = turned(vec2(keyAt(first), keyAt(first + (HALVES ? pairs : 1))), turn);
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
#define UNIT_VALUE(head, element) valueAt((head) * headDim + (element))
#include "CacheUnit.glsl"

void main() {
    const uint ofQuery = BIAS ? headDim / 2 : pairs;
    const uint ofQueries = heads * ofQuery;
    const uint ofKeys = kvHeads * keyUnits(headDim);
    const uint ofToken = ofQueries + ofKeys + kvHeads * valueUnits(headDim);
    const uint index = elementIndex();
    const uint t = index / ofToken;
    if (t >= tokens) return;
    uint unit = index % ofToken;
    if (unit < ofQueries) {
        writeQuery(t, unit / ofQuery, unit % ofQuery);
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
