// cache[place of positions[t]] = x[t]: keys or values join the cache, each row in a page of its sequence.
//
// x: (tokens, kvDim) f32; positions: (tokens); tables: (tokens), where the page table of the token's sequence begins in
// pages; cache: (pages · PAGE, kvDim) f16 or f32. One invocation a word of the cache. Rows of no sequence write nothing.
//
// variants: CACHE = F16, F32
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
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Pages.glsl"

const uint VALUES_PER_WORD = CACHE == CACHE_F16 ? 2 : 1;

void main() {
    const uint wordsPerRow = kvDim / VALUES_PER_WORD;
    const uint index = elementIndex();
    const uint t = index / wordsPerRow;
    if (t >= tokens || tables[t] == NO_TABLE) return;
    const uint word = index % wordsPerRow;
    const uint from = t * kvDim + word * VALUES_PER_WORD;
#if CACHE == CACHE_F16
    const uint packed = packF16(vec2(x[from], x[from + 1]));
#else
    const uint packed = floatBitsToUint(x[from]);
#endif
    cache[placeOf(tables[t], positions[t]) * wordsPerRow + word] = packed;
}
