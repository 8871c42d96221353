// What stands for a token where none can be chosen; no vocabulary is as large.
const uint NO_TOKEN = 0xFFFFFFFFu;

// By its bits: drivers may take isnan and isinf for never true.
bool isFinite(float value) { return (floatBitsToUint(value) & 0x7F800000u) != 0x7F800000u; }
