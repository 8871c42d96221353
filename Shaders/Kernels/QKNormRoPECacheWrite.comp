// Heads of queries and keys are normed; then queries turn by the angles of their positions in place, keys turn on their way
// into the cache, and values join them there: what RMSNorm.comp, RoPE.comp and CacheWrite.comp do in six dispatches.
//
// q: (tokens, heads, headDim) f32; k, v: (tokens, kvHeads, headDim) f32; queryNorm, keyNorm: (headDim) f32; positions:
// (tokens); table: (positions, pairs) of (cos, sin) f32; tables: (tokens), where the page table of the token's sequence
// begins in pages; keys, values: (pages · PAGE, kvHeads, headDim) f16, f32 or q8_0. headDim is at most MOST. One workgroup a
// head of a token: of queries, keys, then values. Rows of no sequence write nothing to the cache.
// Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467; Su et al. 2021, https://arxiv.org/abs/2104.09864; norms of
// queries and keys: Henry et al. 2020, https://arxiv.org/abs/2010.04245
//
// variants: KEYS = F16, F32, Q8_0
// variants: VALUES = F16, F32, Q8_0
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint PAGE = 32;
// Whether a pair is (xᵢ, xᵢ₊ₚ) for p pairs, not (x₂ᵢ, x₂ᵢ₊₁).
layout(constant_id = 2) const bool HALVES = false;

const uint MOST = 256;

layout(binding = 0) buffer Q { float q[]; };
layout(binding = 1) readonly buffer K { float k[]; };
layout(binding = 2) readonly buffer V { float v[]; };
layout(binding = 3) readonly buffer QueryNorm { float queryNorm[]; };
layout(binding = 4) readonly buffer KeyNorm { float keyNorm[]; };
layout(binding = 5) readonly buffer Table { vec2 table[]; };
layout(binding = 6) readonly buffer Positions { uint positions[]; };
layout(binding = 7) readonly buffer Tables { uint tables[]; };
layout(binding = 8) readonly buffer Pages { uint pages[]; };
layout(binding = 9) writeonly buffer Keys { uint keys[]; };
layout(binding = 10) writeonly buffer Values { uint values[]; };

layout(push_constant) uniform Push {
    uint tokens;
    uint heads;
    uint kvHeads;
    uint headDim;
    uint pairs;
    float epsilon;
};

// The workgroup's head.
shared float element[MOST];

#include "Cache.glsl"
#include "Grid.glsl"
#include "Pages.glsl"
#include "Reduce.glsl"
#include "Rotation.glsl"

#define RMS_VALUE(i) element[i]
#include "RMS.glsl"

#define UNIT_TYPE KEYS
#define WRITE_UNIT writeKeyUnit
#define UNITS_OF keyUnits
#define UNIT_CACHE keys
#define UNIT_VALUE(head, i) element[i]
#include "CacheUnit.glsl"

#define UNIT_TYPE VALUES
#define WRITE_UNIT writeValueUnit
#define UNITS_OF valueUnits
#define UNIT_CACHE values
#define UNIT_VALUE(head, i) element[i]
#include "CacheUnit.glsl"

void normHead(bool isKey) {
    const float scale = inverseRMS(headDim, epsilon);
    // Each invocation overwrites what it alone has read.
    for (uint i = gl_LocalInvocationID.x; i < headDim; i += LANES)
        element[i] = element[i] * scale * (isKey ? keyNorm[i] : queryNorm[i]);
    barrier();
}

void turnHead(uint position) {
    for (uint pair = gl_LocalInvocationID.x; pair < pairs; pair += LANES) {
        const uint first = HALVES ? pair : 2 * pair;
        const uint second = first + (HALVES ? pairs : 1);
        const vec2 both = turned(vec2(element[first], element[second]), table[position * pairs + pair]);
        element[first] = both.x;
        element[second] = both.y;
    }
    barrier();
}

void main() {
    const uint ofToken = heads + 2 * kvHeads;
    const uint t = workgroupIndex() / ofToken;
    if (t >= tokens) return;
    const uint part = workgroupIndex() % ofToken;
    const bool isQuery = part < heads;
    const bool isKey = !isQuery && part < heads + kvHeads;
    const uint head = isQuery ? part : (part - heads) % kvHeads;
    const uint start = (t * (isQuery ? heads : kvHeads) + head) * headDim;

    for (uint i = gl_LocalInvocationID.x; i < headDim; i += LANES)
        element[i] = isQuery ? q[start + i] : isKey ? k[start + i] : v[start + i];
    barrier();
    if (isQuery || isKey) {
        normHead(isKey);
        turnHead(positions[t]);
    }

    if (isQuery) {
        for (uint i = gl_LocalInvocationID.x; i < headDim; i += LANES) q[start + i] = element[i];
        return;
    }
    if (tables[t] == NO_TABLE) return;
    const uint row = placeOf(tables[t], positions[t]) * kvHeads + head;
    if (isKey) {
        for (uint unit = gl_LocalInvocationID.x; unit < keyUnits(headDim); unit += LANES)
            writeKeyUnit(head, unit, headDim, row * wordsOfHead(KEYS, headDim));
        return;
    }
    for (uint unit = gl_LocalInvocationID.x; unit < valueUnits(headDim); unit += LANES)
        writeValueUnit(head, unit, headDim, row * wordsOfHead(VALUES, headDim));
}
