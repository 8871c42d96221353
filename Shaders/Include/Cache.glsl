// One word of the key or value cache: two f16 values or one f32 value.
//
// The includer defines CACHE (a variant).

#if CACHE == CACHE_F16
const uint VALUES_PER_WORD = 2;
#else
const uint VALUES_PER_WORD = 1;
#endif

vec2 unpackCache(uint word) {
#if CACHE == CACHE_F16
    return unpackHalf2x16(word);
#else
    return vec2(uintBitsToFloat(word), 0);
#endif
}
