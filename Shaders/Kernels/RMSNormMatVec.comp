// out[v][row] = Σ_k weights[row][k] · h[v][k], h = x / √(mean(x²) + ε) ⊙ norm: an RMS norm and products of it, of one or
// a few tokens. With FUSION, silu(gate) · up and gelu(gate) · up of two such products.
//
// weights: (rows, columns) in the layout of WeightLayout.swift, of one matrix or of up to three joined by rows; x: (count,
// columns) f32; norm: (columns) f32; out: (count, rows) f32 for each matrix. Every lane sums the squares of the activations
// that it reads anyway; the root joins the sums at the end, so that nothing is waited for. Include/MatVec.glsl is the
// body. Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
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
layout(binding = 2) readonly buffer Norm { float norm[]; };
layout(binding = 2) readonly buffer Norm4 { vec4 norm4[]; };
layout(binding = 3) writeonly buffer Out { float product[]; };

layout(push_constant) uniform Push {
    // As in MatVec.comp.
    uint rows;
    uint columns;
    uint plane1;
    uint plane2;
    uint plane3;
    uint firstRow;
    uint count;
    uint end1;
    uint start2;
    uint end2;
    uint start3;
    uint offset1;
    uint stride1;
    uint offset2;
    uint stride2;
    uint offset3;
    uint stride3;
    float epsilon;
};

#define NORMED
#include "MatVec.glsl"
