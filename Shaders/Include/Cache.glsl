// Words of the key and value caches: two f16 values or one f32 value each.

vec2 unpackF16(uint word) { return unpackHalf2x16(word); }
vec2 unpackF32(uint word) { return vec2(uintBitsToFloat(word), 0); }
