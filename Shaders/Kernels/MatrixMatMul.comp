// out[t][row] = Σ_k weights[row][k] · x[t][k]: many tokens times a matrix, by the GPU's matrix units.
//
// weights: (rows, columns) in the layout of WeightLayout.swift, rounded to f16; x: what HalfRows.comp makes of (tokens,
// columns), with tokens to fill up the last tile; out: (tokens, rows) f32. Sums are f32, in the order of steps and groups
// (Weights.glsl), one matrix of MATRIX_COLUMNS after the other, whatever the tile.
// A workgroup computes BLOCK_ROWS × BLOCK_TOKENS products. Weights are unpacked once a tile into shared memory; activations
// are loaded as matrices from where they lie, or with STAGED from shared memory too, where a compiler waits for each load of
// a matrix. A subgroup has TILE_MATRIX_ROWS × TILE_MATRIX_TOKENS matrices of results, which go through shared memory to where
// they belong, each token by its factor.
// VK_KHR_cooperative_matrix: https://registry.khronos.org/vulkan/specs/latest/man/html/VK_KHR_cooperative_matrix.html
//
// compiler: GL_KHR_cooperative_matrix
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#ifndef INTERFACE_ONLY
#extension GL_KHR_cooperative_matrix : require
#endif

layout(local_size_x_id = 0) in;
// SUBGROUP · BLOCK_ROWS · BLOCK_TOKENS ÷ (results of a subgroup).
layout(constant_id = 0) const uint LANES = 128;
layout(constant_id = 1) const uint BLOCK_ROWS = 128;
layout(constant_id = 2) const uint BLOCK_TOKENS = 128;
// Matrices of results of a subgroup.
layout(constant_id = 3) const uint TILE_MATRIX_ROWS = 4;
layout(constant_id = 4) const uint TILE_MATRIX_TOKENS = 4;
layout(constant_id = 5) const uint SLAB_QUADS = 8;
// A matrix of weights is (MATRIX_ROWS, MATRIX_COLUMNS), one of activations (MATRIX_COLUMNS, MATRIX_TOKENS). A slab's runs of
// neighbouring columns are 16 long: MATRIX_COLUMNS is 16 or a divisor.
layout(constant_id = 6) const uint MATRIX_ROWS = 16;
layout(constant_id = 7) const uint MATRIX_TOKENS = 16;
layout(constant_id = 8) const uint MATRIX_COLUMNS = 16;
// Whether activations are staged in shared memory.
layout(constant_id = 9) const bool STAGED = true;
// Quads of a slab that are unrolled: in loops over one matrix after the other compilers move the sums about.
layout(constant_id = 10) const uint RUN_QUADS = 8;

#include "WeightBuffer.glsl"
layout(binding = 1) readonly buffer X { uint x[]; };
layout(binding = 1) readonly buffer XH { f16vec4 xh[]; };
layout(binding = 1) readonly buffer X4 { uvec4 x4[]; };
layout(binding = 2) writeonly buffer Out { float product[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    // The row of the matrix that counts as row 0.
    uint firstRow;
    // How many tokens are multiplied, and the first of them.
    uint tokens;
    uint firstToken;
    // Tokens that x has room for.
    uint capacity;
    // Elements from one token's products to the next, and the place of row 0 among them.
    uint productStride;
    uint productOffset;
};

#include "Grid.glsl"
#include "HalfPanels.glsl"
// Four lanes share the weights of a step: fewer registers, and all lanes have work where there are many.
#define QUARTERS
#include "Weights.glsl"

// Quads from one row of staged weights to the next: two more, so that rows begin in different banks.
const uint ROW_STRIDE = SLAB_QUADS + 2;
shared f16vec4 w[BLOCK_ROWS * ROW_STRIDE];
shared f16vec4 a[STAGED ? BLOCK_TOKENS * ROW_STRIDE : 1];

void stageGroup(Packed p, uint row, uint quad, uint group, bool isBehind) {
    // What is beyond f16 becomes infinite, which shows: no trained weights are. Behind the last step activations are 0, and
    // weights the last step's once more, so that an infinite one gives NaN.
    w[row * ROW_STRIDE + quad] = f16vec4(weights4(p, group));
}
#include "Slab.glsl"

#include "HalfSlab.glsl"

const uint SUBGROUP_ROWS = TILE_MATRIX_ROWS * MATRIX_ROWS;
const uint SUBGROUP_TOKENS = TILE_MATRIX_TOKENS * MATRIX_TOKENS;
// Subgroups beside one another along rows.
const uint ROW_SUBGROUPS = BLOCK_ROWS / SUBGROUP_ROWS;
const uint SUBGROUPS = ROW_SUBGROUPS * (BLOCK_TOKENS / SUBGROUP_TOKENS);
const uint SUBGROUP = LANES / SUBGROUPS;
// A subgroup's matrix of results on its way, (tokens, rows): a whole number of fours for each of its lanes.
const uint RESULT_QUADS = MATRIX_ROWS * MATRIX_TOKENS / 4;
shared vec4 results[SUBGROUPS * RESULT_QUADS];

// The products of four rows and a token, each where it belongs, if there is such a row and token.
void store(vec4 products, uint row, uint token) {
    if (token >= tokens) return;
    const uint place = (firstToken + token) * productStride + productOffset + row;
    const vec4 scaled = products * uintBitsToFloat(x[firstToken + token]);
    [[unroll]] for (uint r = 0; r < 4; r++)
        if (row + r < rows) product[place + r] = scaled[r];
}

#ifndef INTERFACE_ONLY
coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_TOKENS, gl_MatrixUseAccumulator>
    sum[TILE_MATRIX_ROWS * TILE_MATRIX_TOKENS];

// Adds the products of MATRIX_COLUMNS columns of a slab, from a quad on.
void multiply(uint slab, uint quad, uint ownRow, uint ownToken, uint firstOfTile) {
    coopmat<float16_t, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_COLUMNS, gl_MatrixUseA> weights[TILE_MATRIX_ROWS];
    [[unroll]] for (uint i = 0; i < TILE_MATRIX_ROWS; i++)
        coopMatLoad(
            weights[i], w, (ownRow + i * MATRIX_ROWS) * ROW_STRIDE + quad, ROW_STRIDE,
            gl_CooperativeMatrixLayoutRowMajor);
    const uint place =
        panelPlace(runOfSlab(slab, quad / PANEL_QUADS), firstToken + firstOfTile + ownToken, capacity) / 2
        + quad % PANEL_QUADS;
    [[unroll]] for (uint j = 0; j < TILE_MATRIX_TOKENS; j++) {
        coopmat<float16_t, gl_ScopeSubgroup, MATRIX_COLUMNS, MATRIX_TOKENS, gl_MatrixUseB> activations;
        if (STAGED)
            coopMatLoad(
                activations, a, (ownToken + j * MATRIX_TOKENS) * ROW_STRIDE + quad, ROW_STRIDE,
                gl_CooperativeMatrixLayoutColumnMajor);
        else
            coopMatLoad(
                activations, xh, place + j * MATRIX_TOKENS * PANEL_QUADS, PANEL_QUADS,
                gl_CooperativeMatrixLayoutColumnMajor);
        [[unroll]] for (uint i = 0; i < TILE_MATRIX_ROWS; i++)
            sum[i * TILE_MATRIX_TOKENS + j] =
                coopMatMulAdd(weights[i], activations, sum[i * TILE_MATRIX_TOKENS + j]);
    }
}
#endif

// Until every lane is here, and sees what all have staged: accesses themselves wait for nothing (SharedMemoryAccess.swift).
#define MEET(SCOPE)                                                                                                     \
    controlBarrier(                                                                                                      \
        SCOPE, SCOPE, gl_StorageSemanticsShared,                                                                         \
        gl_SemanticsAcquireRelease | gl_SemanticsMakeAvailable | gl_SemanticsMakeVisible)

void main() {
    const uint lane = gl_SubgroupID * SUBGROUP + gl_SubgroupInvocationID;
    const uint firstOfTile = gl_WorkGroupID.z * BLOCK_TOKENS;
    const uint firstRowOfTile = workgroupIndex() * BLOCK_ROWS;
    if (firstRowOfTile >= rows) return;
    const uint ownRow = gl_SubgroupID % ROW_SUBGROUPS * SUBGROUP_ROWS;
    const uint ownToken = gl_SubgroupID / ROW_SUBGROUPS * SUBGROUP_TOKENS;

#ifdef INTERFACE_ONLY
    // What a compiler without cooperative matrices makes is never run: it has the bindings and constants.
    results[lane] = vec4(xh[x[0]]) + float(MATRIX_COLUMNS);
    loadSlab(0, firstRowOfTile, lane);
    stageSlab(0, firstRowOfTile, lane);
    if (STAGED) fetchActivations(0, firstOfTile, lane);
    store(results[ownRow], firstRowOfTile, firstOfTile + ownToken);
#else
    [[unroll]] for (uint i = 0; i < TILE_MATRIX_ROWS * TILE_MATRIX_TOKENS; i++)
        sum[i] = coopmat<float, gl_ScopeSubgroup, MATRIX_ROWS, MATRIX_TOKENS, gl_MatrixUseAccumulator>(0);

    const uint slabs = slabCount();
    loadSlab(0, firstRowOfTile, lane);
    if (STAGED) fetchActivations(0, firstOfTile, lane);
    for (uint slab = 0; slab < slabs; slab++) {
        MEET(gl_ScopeWorkgroup);
        stageSlab(slab, firstRowOfTile, lane);
        if (STAGED) stageActivations(lane);
        MEET(gl_ScopeWorkgroup);
        if (slab + 1 < slabs) {
            loadSlab(slab + 1, firstRowOfTile, lane);
            if (STAGED) fetchActivations(slab + 1, firstOfTile, lane);
        }
        if (RUN_QUADS < SLAB_QUADS) {
            [[dont_unroll]] for (uint run = 0; run < SLAB_QUADS; run += RUN_QUADS)
                [[unroll]] for (uint quad = 0; quad < RUN_QUADS; quad += MATRIX_COLUMNS / 4)
                    multiply(slab, run + quad, ownRow, ownToken, firstOfTile);
        } else {
            [[unroll]] for (uint quad = 0; quad < SLAB_QUADS; quad += MATRIX_COLUMNS / 4)
                multiply(slab, quad, ownRow, ownToken, firstOfTile);
        }
    }

    // Without loops that stay loops, or compilers would keep the sums in memory to index them.
    const uint room = gl_SubgroupID * RESULT_QUADS;
    [[unroll]] for (uint i = 0; i < TILE_MATRIX_ROWS; i++) {
        [[unroll]] for (uint j = 0; j < TILE_MATRIX_TOKENS; j++) {
            coopMatStore(
                sum[i * TILE_MATRIX_TOKENS + j], results, room, MATRIX_ROWS / 4, gl_CooperativeMatrixLayoutColumnMajor);
            MEET(gl_ScopeSubgroup);
            [[unroll]] for (uint k = 0; k < RESULT_QUADS / SUBGROUP; k++) {
                const uint quad = gl_SubgroupInvocationID + k * SUBGROUP;
                store(
                    results[room + quad], firstRowOfTile + ownRow + i * MATRIX_ROWS + 4 * quad % MATRIX_ROWS,
                    firstOfTile + ownToken + j * MATRIX_TOKENS + 4 * quad / MATRIX_ROWS);
            }
            MEET(gl_ScopeSubgroup);
        }
    }
#endif
}
