// Sums and maxima over a workgroup of one or more whole subgroups. All invocations must call, all get the result.
//
// The includer defines LANES (the workgroup's size) and enables GL_KHR_shader_subgroup_arithmetic.

shared float reduction[LANES];

float workgroupSum(float value) {
    const float sum = subgroupAdd(value);
    if (gl_NumSubgroups == 1) return sum;
    barrier();
    if (subgroupElect()) reduction[gl_SubgroupID] = sum;
    barrier();
    float total = 0;
    for (uint i = 0; i < gl_NumSubgroups; i++) total += reduction[i];
    return total;
}

float workgroupMax(float value) {
    const float largest = subgroupMax(value);
    if (gl_NumSubgroups == 1) return largest;
    barrier();
    if (subgroupElect()) reduction[gl_SubgroupID] = largest;
    barrier();
    float total = reduction[0];
    for (uint i = 1; i < gl_NumSubgroups; i++) total = max(total, reduction[i]);
    return total;
}
