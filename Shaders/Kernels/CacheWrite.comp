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

#if CACHE == CACHE_Q8_0
// Writes a block, and gives its scale: 127 of it are the largest magnitude; NaN where a value is not finite.
uint writeBlock(uint from, uint count, uint to) {
    float largest = 0;
    bool isFinite = true;
    for (uint i = 0; i < count; i++) {
        isFinite = isFinite && (floatBitsToUint(x[from + i]) & 0x7F800000u) != 0x7F800000u;
        largest = max(largest, abs(x[from + i]));
    }
    const uint scale = isFinite ? roundToF16(largest * (1.0 / 127.0)) : 0x7E00u;
    const float d = halfOfBits(scale);
    for (uint i = 0; i < count; i += 4) {
        uint word = 0;
        for (uint j = 0; j < min(4u, count - i); j++) {
            const int q = isFinite && d != 0 ? quantOf(x[from + i + j], d) : 0;
            word |= (uint(q) & 0xFF) << (8 * j);
        }
        cache[to + i / 4] = word;
    }
    return scale;
}

void main() {
    const uint pairs = scaleWords(headDim);
    const uint index = elementIndex();
    const uint t = index / (pairs * (kvDim / headDim));
    if (t >= tokens || tables[t] == NO_TABLE) return;
    const uint head = (index / pairs) % (kvDim / headDim);
    const uint pair = index % pairs;
    const uint to = (placeOf(tables[t], positions[t]) * (kvDim / headDim) + head) * wordsOfHeadQ8_0(headDim);
    const uint from = t * kvDim + head * headDim;
    uint scales = 0;
    for (uint i = 0; i < 2; i++) {
        const uint start = (2 * pair + i) * BLOCK;
        if (start >= headDim) break;
        scales |= writeBlock(from + start, min(BLOCK, headDim - start), to + pairs + start / 4) << (16 * i);
    }
    cache[to + pair] = scales;
}
#else
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
#endif
