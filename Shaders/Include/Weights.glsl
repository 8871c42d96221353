// Reading weights: (rows, columns) of any type that a model file holds, in the layout of WeightLayout.swift.
//
// Rows are grouped in tiles of 32. A row is cut in steps of STEP weights; a step's 16-byte chunks lie beside those of
// the tile's other rows, so that lanes with neighbouring rows load neighbouring 16 bytes. Block formats keep their
// scales, and upper bits of five and six, in planes of their own behind the chunks: WeightPacking in WeightPlane.swift
// lists them. Values are exactly the file's: scales have at most 18 significant bits and quants 7, together no more than
// the 24 of f32, so products are exact and what is added is rounded once, whether or not a compiler contracts the two.
//
// The includer defines WEIGHT (a variant) and declares `uvec4 chunks[]` and `uint words[]` over the weights' buffer,
// and push constants `rows`, `columns`, and `plane1`, `plane2` and `plane3` (the first words of the planes behind the
// first).

const uint TILE_ROWS = 32;

#if WEIGHT == WEIGHT_F32
const uint STEP = 4;
#elif WEIGHT == WEIGHT_F16 || WEIGHT == WEIGHT_BF16
const uint STEP = 8;
#else
// Rows are whole steps.
#define BLOCKS
#if WEIGHT == WEIGHT_Q4_K || WEIGHT == WEIGHT_Q6_K
// Blocks of 256 weights are four steps.
#define LONG_BLOCKS
const uint STEP = 64;
#else
const uint STEP = 32;
#endif
#endif
const uint GROUPS = STEP / 4;

// One row's weights of one step, still packed.
struct Packed {
    uvec4 chunk;
#if WEIGHT == WEIGHT_Q8_0 || defined(LONG_BLOCKS)
    uvec4 chunk2;
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    uint high;
#elif WEIGHT == WEIGHT_Q6_K
    uvec4 high;
#endif
#if WEIGHT == WEIGHT_Q4_K
    vec2 scale;
    vec2 base;
#elif WEIGHT == WEIGHT_Q6_K
    vec4 scale;
#else
    float scale;
    float base;
#endif
};

uint stepCount() {
    return (columns + STEP - 1) / STEP;
}

// Which four columns, counted in fours, a group of a step holds.
uint quadOf(uint step, uint group) {
#if WEIGHT == WEIGHT_Q6_K
    // Four runs of 16 columns, 32 apart.
    return 32 * (step / 2) + 4 * (step % 2) + 8 * (group / 4) + group % 4;
#else
    return step * GROUPS + group;
#endif
}

// The other way round: the step and the group that hold four columns.
uint stepOf(uint quad) {
#if WEIGHT == WEIGHT_Q6_K
    return 2 * (quad / 32) + (quad / 4) % 2;
#else
    return quad / GROUPS;
#endif
}
uint groupOf(uint quad) {
#if WEIGHT == WEIGHT_Q6_K
    return 4 * (quad % 32 / 8) + quad % 4;
#else
    return quad % GROUPS;
#endif
}

// The f16 of a plane in which two rows share a word.
float halfOf(uint plane, uint place) {
    const uint pair = words[plane + place / 2];
    return unpackHalf2x16((place & 1) == 0 ? pair : pair >> 16).x;
}

#if WEIGHT == WEIGHT_Q4_K
// Scales and minima of a step from the 16 bytes that a block starts with: see Q4_K.swift. A step has two of each.
void unpackScales(uvec4 header, uint step, inout Packed p) {
    const uint shift = 16 * (step & 1);
    const uvec3 bits = header.yzw >> shift;
    const bool isFirstHalf = (step & 2) == 0;
    const uint scales = isFirstHalf ? bits.x & 0x3F3F : (bits.z & 0x0F0F) | ((bits.x >> 2) & 0x3030);
    const uint minima = isFirstHalf ? bits.y & 0x3F3F : ((bits.z >> 4) & 0x0F0F) | ((bits.y >> 2) & 0x3030);
    const vec2 factors = unpackHalf2x16(header.x);
    p.scale = factors.x * vec2(scales & 0xFF, scales >> 8);
    p.base = -factors.y * vec2(minima & 0xFF, minima >> 8);
}
#endif

Packed loadPacked(uint row, uint step) {
    const uint lane = row % TILE_ROWS;
    const uint block = (row / TILE_ROWS) * stepCount() + step;
    const uint place = block * TILE_ROWS + lane;
    Packed p;
#if WEIGHT == WEIGHT_Q8_0 || defined(LONG_BLOCKS)
    p.chunk = chunks[(2 * block) * TILE_ROWS + lane];
    p.chunk2 = chunks[(2 * block + 1) * TILE_ROWS + lane];
#else
    p.chunk = chunks[place];
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    p.high = words[plane1 + place];
#elif WEIGHT == WEIGHT_Q6_K
    p.high = chunks[plane1 / 4 + place];
#endif
#if WEIGHT == WEIGHT_Q4_1 || WEIGHT == WEIGHT_Q5_1
#if WEIGHT == WEIGHT_Q4_1
    const vec2 scaleAndMinimum = unpackHalf2x16(words[plane1 + place]);
#else
    const vec2 scaleAndMinimum = unpackHalf2x16(words[plane2 + place]);
#endif
    p.scale = scaleAndMinimum.x;
    p.base = scaleAndMinimum.y;
#elif WEIGHT == WEIGHT_Q8_0
    p.scale = halfOf(plane1, place);
    p.base = 0;
#elif WEIGHT == WEIGHT_Q4_0
    p.scale = halfOf(plane1, place);
    p.base = -8 * p.scale;
#elif WEIGHT == WEIGHT_Q5_0
    p.scale = halfOf(plane2, place);
    p.base = -16 * p.scale;
#elif WEIGHT == WEIGHT_Q4_K
    unpackScales(chunks[plane1 / 4 + (block / 4) * TILE_ROWS + lane], step, p);
#elif WEIGHT == WEIGHT_Q6_K
    const int scales = int(words[plane2 + place]);
    p.scale = halfOf(plane3, (block / 4) * TILE_ROWS + lane) * vec4(
        bitfieldExtract(scales, 0, 8), bitfieldExtract(scales, 8, 8), bitfieldExtract(scales, 16, 8), scales >> 24);
#endif
    return p;
}

vec4 bytesOf(uint word) {
    return vec4(word & 0xFF, (word >> 8) & 0xFF, (word >> 16) & 0xFF, word >> 24);
}

// Bits 0 to 3 of `bits` as 16s in the four bytes of a word.
uint fifthBits(uint bits) {
    return ((bits & 1) << 4) | ((bits & 2) << 11) | ((bits & 4) << 18) | ((bits & 8) << 25);
}

// The four weights of a group of a step. `group` is a constant after unrolling.
vec4 weights4(Packed p, uint group) {
#if WEIGHT == WEIGHT_F32
    return uintBitsToFloat(p.chunk);
#elif WEIGHT == WEIGHT_F16
    return vec4(unpackHalf2x16(p.chunk[2 * group]), unpackHalf2x16(p.chunk[2 * group + 1]));
#elif WEIGHT == WEIGHT_BF16
    const uvec2 pair = uvec2(p.chunk[2 * group], p.chunk[2 * group + 1]);
    return uintBitsToFloat(uvec4(pair.x << 16, pair.x & 0xFFFF0000u, pair.y << 16, pair.y & 0xFFFF0000u));
#elif WEIGHT == WEIGHT_Q8_0
    const int word = int(group < 4 ? p.chunk[group] : p.chunk2[group - 4]);
    return p.scale * vec4(
        bitfieldExtract(word, 0, 8), bitfieldExtract(word, 8, 8), bitfieldExtract(word, 16, 8), word >> 24);
#elif WEIGHT == WEIGHT_Q4_K
    // Low nibbles are weights 0 to 31, high nibbles 32 to 63.
    const uint word = (group & 4) == 0 ? p.chunk[group & 3] : p.chunk2[group & 3];
    const uint quants = (group < 8 ? word : word >> 4) & 0x0F0F0F0F;
    return p.scale[group / 8] * bytesOf(quants) + p.base[group / 8];
#elif WEIGHT == WEIGHT_Q6_K
    // Low nibbles are the first two runs of 16, high nibbles the others; each byte of upper bits has all four.
    const uint run = group / 4;
    const uint word = (run & 1) == 0 ? p.chunk[group & 3] : p.chunk2[group & 3];
    const uint low = (run < 2 ? word : word >> 4) & 0x0F0F0F0F;
    const uint upper = (p.high[group & 3] >> (2 * run)) & 0x03030303;
    return p.scale[run] * bytesOf(low | upper << 4) - 32 * p.scale[run];
#else
    // Low nibbles are weights 0 to 15, high nibbles 16 to 31.
    uint quants = (group < 4 ? p.chunk[group] : p.chunk[group - 4] >> 4) & 0x0F0F0F0F;
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    quants |= fifthBits(p.high >> (4 * group));
#endif
    return p.scale * bytesOf(quants) + p.base;
#endif
}
