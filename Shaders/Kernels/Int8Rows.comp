// Rows of activations as bytes: blocks of 32 columns, each a multiple of one unit, of which ±127 are the block's largest
// magnitude.
//
// x: (rows, columns) f32; bytes: (rows, words), as Include/Int8Row.glsl describes a row. One workgroup a row, a lane a block.
// Blocks that hold NaN or infinities become NaN. Reference.int8Rows gives the same bits: the unit has 11 significant bits, so
// that what a value is compared with is exact (Cache.glsl), and is no quotient, which devices round in different ways.
#version 460
#extension GL_GOOGLE_include_directive : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Bytes { uint bytes[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    // Words of a row.
    uint words;
    uint firstRow;
};

#include "Cache.glsl"
#include "Grid.glsl"
#include "Int8Row.glsl"

// Below this a block is 0: nothing here may be subnormal.
const float LEAST = 7.888609052210118e-31;  // 2⁻¹⁰⁰

float unitOf(float largest) {
    const float unit = largest * (1.0 / 127.0);
    const uint bits = floatBitsToUint(unit);
    return unit < LEAST ? 0 : uintBitsToFloat((bits + 0xFFFu + ((bits >> 13) & 1)) & ~0x1FFFu);
}

void main() {
    if (workgroupIndex() >= rows) return;
    const uint row = firstRow + workgroupIndex();
    const uint runs = int8Runs(words);
    for (uint block = gl_LocalInvocationID.x; block < runs / 2; block += LANES) {
        const uint first = block * BLOCK;
        const uint count = min(BLOCK, columns - min(columns, first));
        float largest = 0;
        bool isFinite = true;
        for (uint i = 0; i < count; i++) {
            const float value = x[row * columns + first + i];
            isFinite = isFinite && (floatBitsToUint(value) & 0x7F800000u) != 0x7F800000u;
            largest = max(largest, abs(value));
        }
        const float unit = isFinite ? unitOf(largest) : uintBitsToFloat(0x7FC00000u);
        for (uint half_ = 0; half_ < 2; half_++) {
            const uint run = 2 * block + half_;
            int sum = 0;
            for (uint i = 0; i < INT8_QUANT_WORDS; i++) {
                uint word = 0;
                for (uint j = 0; j < 4; j++) {
                    const uint at = INT8_RUN * half_ + 4 * i + j;
                    const int quant =
                        isFinite && unit > 0 && at < count ? quantOf(x[row * columns + first + at], unit) : 0;
                    sum += quant;
                    word |= (uint(quant) & 0xFF) << (8 * j);
                }
                bytes[row * words + INT8_QUANT_WORDS * run + i] = word;
            }
            const uint factors = row * words + INT8_QUANT_WORDS * runs + INT8_FACTOR_WORDS * run;
            bytes[factors] = floatBitsToUint(unit);
            bytes[factors + 1] = floatBitsToUint(unit * sum);
        }
    }
}
