// Keys and values in f16, whatever the cache's type, eight elements at a time: in the order of the head, two a word.
//
// The includer has CacheChunks.glsl, with chunks of 16 bytes but for q8_0.

// The nearest f16 of four values, two a word: see roundToF16.
uvec2 halfWords(vec4 values) { return uvec2(packF16(values.xy), packF16(values.zw)); }

// Eight elements of a key whose head begins at word `head`, from the 8 · oct-th on.
uvec4 keyOct(uint head, uint oct) {
#if KEYS == KEYS_F16
    return keyChunk(head, oct);
#else
    uvec4 words;
    [[unroll]] for (uint i = 0; i < 2; i++) {
        const uvec4 chunk = keyChunk(head, 2 * oct + i);
        vec4 elements;
        [[unroll]] for (uint e = 0; e < 4; e++) elements[e] = keyElement(chunk, e) * keyScale(chunk, 2 * oct + i);
        const uvec2 pair = halfWords(elements);
        words[2 * i] = pair.x;
        words[2 * i + 1] = pair.y;
    }
    return words;
#endif
}

// Likewise of a value.
uvec4 valueOct(uint head, uint oct) {
#if VALUES == VALUES_F16
    return valueChunk(head, oct);
#else
    uvec4 words;
    [[unroll]] for (uint i = 0; i < 2; i++) {
        const uvec4 chunk = valueChunk(head, 2 * oct + i);
        vec4 elements;
        [[unroll]] for (uint e = 0; e < 4; e++) elements[e] = valueElement(chunk, e) * valueScale(chunk, 2 * oct + i);
        const uvec2 pair = halfWords(elements);
        words[2 * i] = pair.x;
        words[2 * i + 1] = pair.y;
    }
    return words;
#endif
}

// Whether all eight are: exponents of ones carry into the bit above.
bool isFinite(uvec4 oct) {
    const uvec4 carried = (oct & 0x7C007C00u) + 0x04000400u;
    return ((carried.x | carried.y | carried.z | carried.w) & 0x80008000u) == 0;
}
