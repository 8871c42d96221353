// What stands for a token where none can be chosen; no vocabulary is as large.
const uint NO_TOKEN = 0xFFFFFFFFu;

// Set in a step's words that are no ids, but places among the tokens that the step before chose.
const uint CHOSEN = 0x80000000u;

// By its bits: drivers may take isnan and isinf for never true.
bool isFinite(float value) { return (floatBitsToUint(value) & 0x7F800000u) != 0x7F800000u; }
