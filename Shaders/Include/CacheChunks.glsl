// Keys and values of the cache in chunks, as lanes that share a head read them: 16 bytes where every head begins at a
// multiple of 16 bytes, else a word. Of Q8_0 a word of four quants, with the word that holds their scale.
//
// The includer defines KEY_WORDS and VALUE_WORDS (words of a chunk: 4 or 1), includes Cache.glsl, and declares the arrays
// of words keys and values and of 16 bytes keys4 and values4; with FETCH = TEXELS, of kernels that have this variant, texels
// keys and values, as WeightBuffer.glsl explains.

#if KEYS == KEYS_F16
const uint KEY_ELEMENTS = 2 * KEY_WORDS;
#define wordsOfKey wordsOfHeadF16
#elif KEYS == KEYS_F32
const uint KEY_ELEMENTS = 1 * KEY_WORDS;
#define wordsOfKey wordsOfHeadF32
#else
const uint KEY_ELEMENTS = 4 * KEY_WORDS;
#define wordsOfKey wordsOfHeadQ8_0
#endif
#if VALUES == VALUES_F16
const uint VALUE_ELEMENTS = 2 * VALUE_WORDS;
#define wordsOfValue wordsOfHeadF16
#elif VALUES == VALUES_F32
const uint VALUE_ELEMENTS = 1 * VALUE_WORDS;
#define wordsOfValue wordsOfHeadF32
#else
const uint VALUE_ELEMENTS = 4 * VALUE_WORDS;
#define wordsOfValue wordsOfHeadQ8_0
#endif

// Words of quants in a block, which has one scale.
const uint BLOCK_WORDS = BLOCK / 4;

#if defined(FETCH_TEXELS) && FETCH == FETCH_TEXELS
uint componentOf(uvec4 texel, uint place) {
    return place < 2 ? (place == 0 ? texel.x : texel.y) : (place == 2 ? texel.z : texel.w);
}
uint keyWord(uint index) { return componentOf(texelFetch(keys, int(index / 4)), index % 4); }
uvec4 keyWords(uint index) { return texelFetch(keys, int(index)); }
uint valueWord(uint index) { return componentOf(texelFetch(values, int(index / 4)), index % 4); }
uvec4 valueWords(uint index) { return texelFetch(values, int(index)); }
#else
uint keyWord(uint index) { return keys[index]; }
uvec4 keyWords(uint index) { return keys4[index]; }
uint valueWord(uint index) { return values[index]; }
uvec4 valueWords(uint index) { return values4[index]; }
#endif

// Chunk c of the key whose head begins at word `head`.
uvec4 keyChunk(uint head, uint c) {
#if KEYS == KEYS_Q8_0
    return uvec4(keyWord(head + scaleWords(headDim) + c), keyWord(head + c / (2 * BLOCK_WORDS)), 0, 0);
#else
    return KEY_WORDS == 4 ? keyWords(head / 4 + c) : uvec4(keyWord(head + c), 0, 0, 0);
#endif
}

// Chunk c of the value whose head begins at word `head`.
uvec4 valueChunk(uint head, uint c) {
#if VALUES == VALUES_Q8_0
    return uvec4(valueWord(head + scaleWords(headDim) + c), valueWord(head + c / (2 * BLOCK_WORDS)), 0, 0);
#else
    return VALUE_WORDS == 4 ? valueWords(head / 4 + c) : uvec4(valueWord(head + c), 0, 0, 0);
#endif
}

// Element e of chunk c, without its scale.
float keyElement(uvec4 chunk, uint e) {
#if KEYS == KEYS_F16
    return unpackF16(chunk[e / 2])[e % 2];
#elif KEYS == KEYS_F32
    return uintBitsToFloat(chunk[e]);
#else
    return unpackQuants(chunk.x)[e];
#endif
}

float valueElement(uvec4 chunk, uint e) {
#if VALUES == VALUES_F16
    return unpackF16(chunk[e / 2])[e % 2];
#elif VALUES == VALUES_F32
    return uintBitsToFloat(chunk[e]);
#else
    return unpackQuants(chunk.x)[e];
#endif
}

// What the elements of chunk c are to be multiplied by.
float keyScale(uvec4 chunk, uint c) {
#if KEYS == KEYS_Q8_0
    return scaleOf(chunk.y, c / BLOCK_WORDS);
#else
    return 1;
#endif
}

float valueScale(uvec4 chunk, uint c) {
#if VALUES == VALUES_Q8_0
    return scaleOf(chunk.y, c / BLOCK_WORDS);
#else
    return 1;
#endif
}
