// exp(x) for x ≤ 0 by single multiplications and additions, each rounded once: Reference.exp32 gives the same bits.
//
// `precise` keeps compilers from contracting or reordering any of them. The error is below 1e-7 of the result; below -87
// that is 0, so that no result is subnormal.

const float LEAST_EXPONENT = -87;

float exp32(float x) {
    precise float clamped = max(x, LEAST_EXPONENT);
    // x = n · ln 2 + r with |r| ≤ ln 2 / 2; the first part of ln 2 has nine bits, so that its product with n is exact.
    precise float scaled = clamped * 1.44269502;
    precise float shifted = scaled + 0.5;
    precise float n = floor(shifted);
    precise float coarse = n * 0.693359375;
    precise float fine = n * -0.000212194442;
    precise float difference = clamped - coarse;
    precise float r = difference - fine;
    // The Taylor series to r⁷ / 5040; the next term is below 6e-9.
    const float coefficients[5] = {0.00138888892, 0.00833333377, 0.0416666679, 0.166666672, 0.5};
    precise float sum = 0.000198412701;
    for (uint i = 0; i < 5; i++) {
        precise float product = sum * r;
        sum = product + coefficients[i];
    }
    precise float linear = sum * r;
    precise float square = linear * r;
    precise float tail = square + r;
    precise float mantissa = tail + 1;
    precise float result = mantissa * uintBitsToFloat(uint(int(n) + 127) << 23);
    return x < LEAST_EXPONENT ? 0 : result;
}
