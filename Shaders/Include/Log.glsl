// 1/x and ln x by single multiplications and additions, each rounded once: Reference.reciprocal32 and Reference.log32 give
// the same bits, which a device's own division and logarithm need not.

// 1/x for x from 1e-37 to 1e37. The first guess, from the bits of x, is right to an eighth; each step squares its error.
float reciprocal32(float x) {
    precise float y = uintBitsToFloat(0x7EF311C7u - floatBitsToUint(x));
    for (uint i = 0; i < 4; i++) {
        precise float product = x * y;
        precise float correction = 2 - product;
        y = y * correction;
    }
    return y;
}

// ln x for normal x > 0: x = 2ⁿ · m with m from √½ to √2, and ln m = 2 artanh((m − 1) / (m + 1)). The absolute error is
// below 2e-7 of the larger of 1 and |ln x|.
float log32(float x) {
    const uint shifted = floatBitsToUint(x) + (0x3F800000u - 0x3F3504F3u);
    precise float n = float(int(shifted >> 23) - 127);
    precise float m = uintBitsToFloat((shifted & 0x007FFFFFu) + 0x3F3504F3u);
    precise float below = m - 1;
    precise float above = m + 1;
    precise float s = below * reciprocal32(above);
    precise float z = s * s;
    const float coefficients[4] = {0.142857149, 0.200000003, 0.333333343, 1};
    precise float sum = 0.111111112;
    for (uint i = 0; i < 4; i++) {
        precise float product = sum * z;
        sum = product + coefficients[i];
    }
    precise float twice = s + s;
    precise float mantissa = twice * sum;
    precise float fine = n * -0.000212194442;
    precise float low = mantissa + fine;
    precise float coarse = n * 0.693359375;
    precise float result = coarse + low;
    return result;
}
