// What the kernels that choose a token share: SamplerRow.swift's words, and the order of logits.
//
// The includer declares `uint parameters[]`, ROW_WORDS a row.

const uint ROW_WORDS = 13;
const uint MODE = 0;
const uint TOP_K = 1;
const uint TOP_P = 2;
const uint LOG_MIN_P = 3;
const uint INVERSE_TEMPERATURE = 4;
const uint UNIFORM = 5;
const uint PENALTY = 6;
const uint INVERSE_PENALTY = 7;
const uint TYPICAL_P = 8;
const uint XTC_THRESHOLD = 9;
const uint LOWEST_TEMPERATURE = 10;
const uint TEMPERATURE_RANGE = 11;
const uint TEMPERATURE_EXPONENT = 12;

// A row of which nothing is chosen.
const uint MODE_NONE = 0;

const float LARGEST_FLOAT = 3.402823466e38;

uint parameter(uint row, uint word) { return parameters[row * ROW_WORDS + word]; }
float realParameter(uint row, uint word) { return uintBitsToFloat(parameter(row, word)); }

// Subnormal values and -0 are 0 for everybody: some devices flush them.
float flushed(float value) { return (floatBitsToUint(value) & 0x7F800000u) == 0 ? 0 : value; }

// A number as large in the order of uints as the value is in that of floats: Reference.order(of:).
uint orderOf(float value) {
    const uint bits = floatBitsToUint(flushed(value));
    return bits ^ (uint(int(bits) >> 31) | 0x80000000u);
}
float valueOf(uint order) { return uintBitsToFloat((order & 0x80000000u) != 0 ? order ^ 0x80000000u : ~order); }

// The orders of finite values: -LARGEST_FLOAT to LARGEST_FLOAT. That of NaN and infinities is less or more.
const uint LOWEST_ORDER = 0x00800000u;
const uint HIGHEST_ORDER = 0xFF7FFFFFu;
