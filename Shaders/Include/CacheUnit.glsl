// One unit of a head in a cache: a word of two f16 values or of one f32 value, or two blocks of q8_0, whose scales share a
// word. To be included once for each cache that a kernel writes.
//
// The includer defines UNIT_TYPE (0 for f16, 1 for f32, 2 for q8_0), WRITE_UNIT (the function's name), UNITS_OF (the name of
// the number of units of a head), UNIT_CACHE (the buffer) and UNIT_VALUE(head, element), an element of a head of the input.

#if UNIT_TYPE == 2
uint UNITS_OF(uint headDim) { return scaleWords(headDim); }

// `to` is the first word of a head.
void WRITE_UNIT(uint head, uint unit, uint headDim, uint to) {
    uint scales = 0;
    for (uint i = 0; i < 2; i++) {
        const uint start = (2 * unit + i) * BLOCK;
        if (start >= headDim) break;
        const uint count = min(BLOCK, headDim - start);
        // 127 of a block's scale are the largest magnitude; NaN where a value is not finite.
        float largest = 0;
        bool isFinite = true;
        for (uint j = 0; j < count; j++) {
            const float value = UNIT_VALUE(head, start + j);
            isFinite = isFinite && (floatBitsToUint(value) & 0x7F800000u) != 0x7F800000u;
            largest = max(largest, abs(value));
        }
        const uint scale = isFinite ? roundToF16(largest * (1.0 / 127.0)) : 0x7E00u;
        const float d = halfOfBits(scale);
        for (uint j = 0; j < count; j += 4) {
            uint word = 0;
            for (uint k = 0; k < min(4u, count - j); k++) {
                const int q = isFinite && d != 0 ? quantOf(UNIT_VALUE(head, start + j + k), d) : 0;
                word |= (uint(q) & 0xFF) << (8 * k);
            }
            UNIT_CACHE[to + scaleWords(headDim) + (start + j) / 4] = word;
        }
        scales |= scale << (16 * i);
    }
    UNIT_CACHE[to + unit] = scales;
}
#elif UNIT_TYPE == 1
uint UNITS_OF(uint headDim) { return headDim; }

void WRITE_UNIT(uint head, uint unit, uint headDim, uint to) {
    UNIT_CACHE[to + unit] = floatBitsToUint(UNIT_VALUE(head, unit));
}
#else
uint UNITS_OF(uint headDim) { return headDim / 2; }

void WRITE_UNIT(uint head, uint unit, uint headDim, uint to) {
    UNIT_CACHE[to + unit] = packF16(vec2(UNIT_VALUE(head, 2 * unit), UNIT_VALUE(head, 2 * unit + 1)));
}
#endif

#undef UNIT_TYPE
#undef WRITE_UNIT
#undef UNITS_OF
#undef UNIT_CACHE
#undef UNIT_VALUE
