// Activations of one or a few tokens, four columns at a time, as a product's lanes read them: all lanes the same ones.
//
// With FETCH = TEXELS the lanes share the work: SHARERS lanes each fetch other ones, and shuffles hand them round. lavapipe
// makes one instruction of such a shuffle; a load of a storage buffer goes through its lanes one by one, even where all want
// the same, and took two thirds of a matrix product's time.
//
// The includer includes Weights.glsl; defines VECTORS_AT_ONCE, ALIGNED (columns is a multiple of 4) and the specialisation
// constant SHARERS; declares x and x4 at binding 1, or texels x; and gives startOf(v), the first element of the v-th token.

#if FETCH == FETCH_TEXELS
const uint ITEMS = GROUPS * VECTORS_AT_ONCE;
const uint SHARED = SHARERS < ITEMS ? SHARERS : ITEMS;

struct Activations {
    vec4 fetched;
};

// What token v has in the four columns of a group of a step; group and v are constants after unrolling, and go up, v first.
vec4 activations(inout Activations mine, uint step, uint group, uint v) {
    const uint item = group * VECTORS_AT_ONCE + v;
    const uint lane = gl_SubgroupInvocationID % SHARED;
    if (item % SHARED == 0) {
        const uint own = item + lane;
        const uint quad = quadOf(step, own / VECTORS_AT_ONCE);
        const uint start = startOf(own % VECTORS_AT_ONCE) / 4;
#ifdef BLOCKS
        mine.fetched = texelFetch(x, int(start + quad));
#else
        // The last step may reach behind the last column.
        const vec4 fetched = texelFetch(x, int(start + min(quad, columns / 4 - 1)));
        mine.fetched = 4 * quad < columns ? fetched : vec4(0);
#endif
    }
    if (SHARED == 1) return mine.fetched;
    return subgroupShuffle(mine.fetched, gl_SubgroupInvocationID - lane + item % SHARED);
}
#else
struct Activations {
    uint none;
};

vec4 activations(inout Activations mine, uint step, uint group, uint v) {
    const uint start = startOf(v);
    const uint quad = quadOf(step, group);
#ifdef BLOCKS
    // A condition here would be a branch and a wait a load: on RDNA 3 the estimate for a matrix-vector product of Q4_0 falls
    // from 20,160 to 5,192 cycles without.
    return x4[start / 4 + quad];
#else
    const uint k = 4 * quad;
    if (ALIGNED) return k < columns ? x4[start / 4 + quad] : vec4(0);
    const uint at = start + k;
    return vec4(
        k < columns ? x[at] : 0, k + 1 < columns ? x[at + 1] : 0, k + 2 < columns ? x[at + 2] : 0,
        k + 3 < columns ? x[at + 3] : 0);
#endif
}
#endif
