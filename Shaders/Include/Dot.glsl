// Sums that several kernels, or several forms of one, must take with the same bits: every multiplication and addition is
// written out, so that nothing is left to contract in one form and not in the other. A product that is added is an fma;
// what is added besides is the result of an fma or of an addition.

float dot4(vec4 a, vec4 b) {
    precise float sum = a.x * b.x;
    sum = fma(a.y, b.y, sum);
    sum = fma(a.z, b.z, sum);
    return fma(a.w, b.w, sum);
}
