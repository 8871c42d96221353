// cache[place of positions[t]] = x[t]: keys or values join the cache, each row in a page of its sequence.
//
// x: (tokens, kvDim) f32; positions: (tokens); tables: (tokens), where the page table of the token's sequence begins in
// pages; cache: (pages · PAGE, kvHeads, headDim) f16, f32 or q8_0. One invocation a word of the cache, or two blocks of
// q8_0, whose scales share a word. Rows of no sequence write nothing.
//
// variants: CACHE = F16, F32, Q8_0
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const uint PAGE = 32;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Positions { uint positions[]; };
layout(binding = 2) readonly buffer Tables { uint tables[]; };
layout(binding = 3) readonly buffer Pages { uint pages[]; };
layout(binding = 4) writeonly buffer Cache { uint cache[]; };

layout(push_constant) uniform Push {
    uint tokens;
    uint kvDim;
    uint headDim;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Pages.glsl"

#define UNIT_TYPE CACHE
#define WRITE_UNIT writeUnit
#define UNITS_OF unitsOf
#define UNIT_CACHE cache
#define UNIT_VALUE(head, element) x[(head) * headDim + (element)]
#include "CacheUnit.glsl"

void main() {
    const uint units = unitsOf(headDim);
    const uint heads = kvDim / headDim;
    const uint index = elementIndex();
    const uint head = index / units;
    const uint t = head / heads;
    if (t >= tokens || tables[t] == NO_TABLE) return;
    const uint row = placeOf(tables[t], positions[t]) * heads + head % heads;
    writeUnit(head, index % units, headDim, row * wordsOfHead(CACHE, headDim));
}
