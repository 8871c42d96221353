// out[v][row] = Σ_k weights[row][k] · x[v][k]: one or a few tokens times a matrix. With FUSION, residual + that, or
// silu(gate) · up and gelu(gate) · up of two matrices.
//
// weights: (rows, columns) in the layout of WeightLayout.swift, of one matrix or of up to three joined by rows; x: (count,
// columns) f32; out and residual: (count, rows) f32 for each matrix; residual may be out. Include/MatVec.glsl is the body.
//
// variants: WEIGHT = F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4
// variants: FETCH = (BUFFER), TEXELS
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_samplerless_texture_functions : require
#extension GL_KHR_shader_subgroup_basic : require
#if FETCH == FETCH_TEXELS
#extension GL_KHR_shader_subgroup_shuffle : require
#endif

#include "WeightBuffer.glsl"
#if FETCH == FETCH_TEXELS
layout(binding = 1) uniform textureBuffer x;
#else
layout(binding = 1) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer X4 { vec4 x4[]; };
#endif
layout(binding = 2) readonly buffer Residual { float residual[]; };
layout(binding = 3) writeonly buffer Out { float product[]; };

layout(push_constant) uniform Push {
    // Rows of all matrices and between them, or of the part of a matrix that is multiplied; of gates, those of the gate.
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    // The row of the layout that counts as row 0.
    uint firstRow;
    uint count;
    // Where the first two matrices end and the others begin; behind all rows where there are fewer.
    uint end1;
    uint start2;
    uint end2;
    uint start3;
    // Of each matrix: the place of the product of row 0, and elements from one token's products to the next.
    uint offset1;
    uint stride1;
    uint offset2;
    uint stride2;
    uint offset3;
    uint stride3;
};

#include "MatVec.glsl"
