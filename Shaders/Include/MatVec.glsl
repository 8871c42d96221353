// The body of MatVec.comp and RMSNormMatVec.comp: one or a few tokens times a matrix, or times several that lie in one
// layout, rows behind rows.
//
// VECTORS tokens are multiplied at once, so that weights are read and unpacked once for them. The order of a token's sums
// does not depend on VECTORS: every token has the bits that it has alone.
// A lane owns ROWS_PER_LANE rows, LANES rows apart, so no lane waits for another. With SPLITS > 1 the columns' steps
// are dealt to SPLITS lanes a row, whose sums meet in shared memory.
//
// The includer declares bindings and push constants, and defines NORMED where x is to be normed.

layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint SPLITS = 1;
layout(constant_id = 2) const uint ROWS_PER_LANE = 1;
// Whether x can be read four at a time: columns is a multiple of 4.
layout(constant_id = 3) const bool ALIGNED = true;
// Whether a subgroup is exactly one split's LANES. Told so, compilers read x once a subgroup instead of once a lane:
// the estimate for Q4_0 on RDNA 2 and 3 falls from 3500 to 2630 cycles.
layout(constant_id = 4) const bool SPLIT_IS_SUBGROUP = false;
// Tokens that are multiplied at once.
layout(constant_id = 5) const uint VECTORS = 1;
// What becomes of the products: ProductFusion in Swift.
layout(constant_id = 6) const uint FUSION = 0;
// Lanes of a subgroup that share the reading of texels of x: a power of two, and 1 where splits share a subgroup.
layout(constant_id = 7) const uint SHARERS = 1;
const uint ADDED = 1;
const uint SWIGLU = 2;
const uint GEGLU = 3;
// A gate's row is multiplied together with that of the matrix behind it.
const uint MATRICES = FUSION >= SWIGLU ? 2 : 1;

#include "Dot.glsl"
#include "Gate.glsl"
#include "Grid.glsl"
#include "Weights.glsl"

shared float partial[SPLITS][MATRICES][ROWS_PER_LANE][VECTORS][LANES];
#ifdef NORMED
shared float partialSquares[SPLITS][VECTORS];
#endif

// Where the activations of the v-th token begin; behind the last token the last one is multiplied again, and not written.
uint startOf(uint v) {
    return VECTORS == 1 ? 0 : min(gl_WorkGroupID.z * VECTORS + v, count - 1) * columns;
}

#define VECTORS_AT_ONCE VECTORS
#include "Activations.glsl"

#ifdef NORMED
vec4 norms(uint quad) {
#ifdef BLOCKS
    return norm4[quad];
#else
    const uint k = 4 * quad;
    if (ALIGNED) return k < columns ? norm4[quad] : vec4(0);
    return vec4(
        k < columns ? norm[k] : 0, k + 1 < columns ? norm[k + 1] : 0, k + 2 < columns ? norm[k + 2] : 0,
        k + 3 < columns ? norm[k + 3] : 0);
#endif
}
#endif

// Whether a matrix has the row: those between two matrices are none.
bool isRow(uint row) {
    return row < rows && !(row >= end1 && row < start2) && !(row >= end2 && row < start3);
}

// Where the product of a row and a token lies.
uint productOf(uint row, uint token) {
    const uint offset = row < start2 ? offset1 : row < start3 ? offset2 : offset3;
    const uint stride = row < start2 ? stride1 : row < start3 ? stride2 : stride3;
    return offset + token * stride + row;
}

void main() {
    const uint lane = SPLIT_IS_SUBGROUP ? gl_SubgroupInvocationID : gl_LocalInvocationID.x;
    const uint split = SPLIT_IS_SUBGROUP ? gl_SubgroupID : gl_LocalInvocationID.y;
    const uint first = workgroupIndex() * ROWS_PER_LANE * LANES + lane;
    const uint last = rows - 1;

    const uint firstVector = VECTORS == 1 ? 0 : gl_WorkGroupID.z * VECTORS;

    float sum[MATRICES][ROWS_PER_LANE][VECTORS];
    [[unroll]] for (uint m = 0; m < MATRICES; m++)
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++)
            [[unroll]] for (uint v = 0; v < VECTORS; v++) sum[m][j][v] = 0;
#ifdef NORMED
    float squares[VECTORS];
    [[unroll]] for (uint v = 0; v < VECTORS; v++) squares[v] = 0;
#endif

    for (uint step = split; step < stepCount(); step += SPLITS) {
        Packed p[MATRICES][ROWS_PER_LANE];
        Activations mine;
        [[unroll]] for (uint m = 0; m < MATRICES; m++)
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++)
                p[m][j] = loadPacked(firstRow + m * start2 + min(first + j * LANES, last), step);
#ifdef NORMED
        // A sum of its own for each step keeps the digits of small ones.
        float stepSquares[VECTORS];
        [[unroll]] for (uint v = 0; v < VECTORS; v++) stepSquares[v] = 0;
#endif
        [[unroll]] for (uint group = 0; group < GROUPS; group++) {
#ifdef NORMED
            const vec4 n = norms(quadOf(step, group));
#endif
            vec4 w[MATRICES][ROWS_PER_LANE];
            [[unroll]] for (uint m = 0; m < MATRICES; m++)
                [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) w[m][j] = weights4(p[m][j], group);
            [[unroll]] for (uint v = 0; v < VECTORS; v++) {
                vec4 a = activations(mine, step, group, v);
#ifdef NORMED
                stepSquares[v] += dot4(a, a);
                a *= n;
#endif
                [[unroll]] for (uint m = 0; m < MATRICES; m++)
                    [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) sum[m][j][v] += dot4(w[m][j], a);
            }
        }
#ifdef NORMED
        [[unroll]] for (uint v = 0; v < VECTORS; v++) squares[v] += stepSquares[v];
#endif
    }

    if (SPLITS > 1) {
        [[unroll]] for (uint v = 0; v < VECTORS; v++) {
            [[unroll]] for (uint m = 0; m < MATRICES; m++)
                [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) partial[split][m][j][v][lane] = sum[m][j][v];
#ifdef NORMED
            if (lane == 0) partialSquares[split][v] = squares[v];
#endif
        }
        barrier();
        if (split > 0) return;
        for (uint other = 1; other < SPLITS; other++) {
            [[unroll]] for (uint v = 0; v < VECTORS; v++) {
                [[unroll]] for (uint m = 0; m < MATRICES; m++)
                    [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++)
                        sum[m][j][v] += partial[other][m][j][v][lane];
#ifdef NORMED
                squares[v] += partialSquares[other][v];
#endif
            }
        }
    }
    [[unroll]] for (uint v = 0; v < VECTORS; v++) {
        const uint token = firstVector + v;
        if (token >= count) break;
#ifdef NORMED
        precise const float mean = squares[v] / float(columns);
        const float scale = inversesqrt(mean + epsilon);
        [[unroll]] for (uint m = 0; m < MATRICES; m++)
            [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) {
                precise float scaled = sum[m][j][v] * scale;
                sum[m][j][v] = scaled;
            }
#endif
        [[unroll]] for (uint j = 0; j < ROWS_PER_LANE; j++) {
            const uint row = first + j * LANES;
            if (!isRow(row)) continue;
            const uint place = productOf(row, token);
            float result = sum[0][j][v];
#ifndef NORMED
            if (FUSION == ADDED) result = residual[place] + result;
#endif
            if (FUSION == SWIGLU) result = silu(result) * sum[MATRICES - 1][j][v];
            if (FUSION == GEGLU) result = gelu(result) * sum[MATRICES - 1][j][v];
            product[place] = result;
        }
    }
}
