// The factor of an RMS norm, every multiplication and addition written out: kernels that do more with a normed row give the
// bits of those that norm it alone.
//
// The includer defines LANES and RMS_VALUE(i), the row's elements, and includes Reduce.glsl. All invocations must call, all
// get the result.

// 1 / sqrt(mean(x²) + ε) of a row of `columns` elements.
float inverseRMS(uint columns, float epsilon) {
    precise float squares = 0;
    for (uint i = gl_LocalInvocationID.x; i < columns; i += LANES) {
        const float value = RMS_VALUE(i);
        precise float square = value * value;
        squares = squares + square;
    }
    return inversesqrt(workgroupSum(squares) / float(columns) + epsilon);
}
