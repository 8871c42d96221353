// Eight chains of multiply-adds an invocation, `rounds` long: measures the arithmetic that kernels can hope for. Of f32
// numbers, of pairs of f16 numbers, or of four bytes each whose products are added to a 32-bit sum.
//
// sink: one f32 an invocation, so that the work cannot be left out.
//
// variants: UNIT = F32, F16, DOT8
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_spirv_intrinsics : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) writeonly buffer Sink { float sink[]; };

layout(push_constant) uniform Push {
    uint rounds;
    // 1, unknown to the compiler.
    float one;
};

#include "Grid.glsl"

const uint CHAINS = 8;
const uint AT_ONCE = 8;

#if UNIT == UNIT_F32
#define NUMBER float
NUMBER first(uint i) { return float(i); }
NUMBER next(NUMBER x) { return fma(x, one, one); }
float result(NUMBER x) { return x; }
#elif UNIT == UNIT_F16
#define NUMBER f16vec2
NUMBER first(uint i) { return f16vec2(float16_t(i), float16_t(i)); }
NUMBER next(NUMBER x) { return fma(x, f16vec2(float16_t(one)), f16vec2(float16_t(one))); }
float result(NUMBER x) { return float(x.x) + float(x.y); }
#else
#define NUMBER int
// OpSDot on packed bytes (SPIR-V 1.6); GLSL has no name for it here.
spirv_instruction(capabilities = [6018, 6019], id = 4450)
int dotOfBytes(int a, int b, spirv_literal int format);
NUMBER first(uint i) { return int(i); }
NUMBER next(NUMBER x) { return dotOfBytes(x, int(one) * 0x01010101, 0) + int(one); }
float result(NUMBER x) { return float(x); }
#endif

void main() {
    NUMBER chain[CHAINS];
    [[unroll]] for (uint i = 0; i < CHAINS; i++) chain[i] = first(gl_LocalInvocationID.x + i);
    // Several at once, so that the loop costs little beside them.
    uint round = 0;
    for (; round + AT_ONCE <= rounds; round += AT_ONCE) {
        [[unroll]] for (uint j = 0; j < AT_ONCE; j++)
            [[unroll]] for (uint i = 0; i < CHAINS; i++) chain[i] = next(chain[i]);
    }
    for (; round < rounds; round++) {
        [[unroll]] for (uint i = 0; i < CHAINS; i++) chain[i] = next(chain[i]);
    }
    float sum = 0;
    [[unroll]] for (uint i = 0; i < CHAINS; i++) sum += result(chain[i]);
    sink[elementIndex()] = sum;
}
