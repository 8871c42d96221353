// Sums that several kernels, or several forms of one, must take with the same bits: every multiplication and addition is
// written out, so that no compiler contracts them in one form and not in the other.

float dot4(vec4 a, vec4 b) {
    precise float sum = a.x * b.x;
    sum = fma(a.y, b.y, sum);
    sum = fma(a.z, b.z, sum);
    return fma(a.w, b.w, sum);
}
