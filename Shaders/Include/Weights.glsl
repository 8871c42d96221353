// Reading weights: (rows, columns) of any type that a model file holds, in the layout of WeightLayout.swift.
//
// Rows are grouped in tiles of 32. A row is cut in steps of STEP weights; a step's 16-byte chunks lie beside those of
// the tile's other rows, so that lanes with neighbouring rows load neighbouring 16 bytes. Block formats keep their
// scales, and upper bits of three, five and six, in planes of their own behind the chunks: WeightPacking in
// WeightPlane.swift lists them. Values are exactly the file's: scales have at most 18 significant bits and quants 7,
// together no more than the 24 of f32, so products are exact and what is added is rounded once, whether or not a compiler
// contracts the two.
//
// The includer defines WEIGHT (a variant) and includes WeightBuffer.glsl, and declares push constants `rows`,
// `columns`, and `plane1`, `plane2` and `plane3` (the first words of the planes behind the first). One that wants quarters
// of steps defines QUARTERS.

const uint TILE_ROWS = 32;

#if WEIGHT == WEIGHT_F32
const uint STEP = 4;
#elif WEIGHT == WEIGHT_F16 || WEIGHT == WEIGHT_BF16
const uint STEP = 8;
#else
// Rows are whole steps.
#define BLOCKS
#if WEIGHT == WEIGHT_Q2_K || WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q5_K || WEIGHT == WEIGHT_Q6_K
// A step is four runs of 16 columns, 32 apart, which share bytes of bits.
#define RUNS
#endif
#if defined(RUNS) || WEIGHT == WEIGHT_Q4_K || WEIGHT == WEIGHT_IQ4_XS
// Blocks of 256 weights are four steps.
#define LONG_BLOCKS
const uint STEP = 64;
#else
const uint STEP = 32;
#endif
#endif
const uint GROUPS = STEP / 4;
#if WEIGHT == WEIGHT_Q8_0 || (defined(LONG_BLOCKS) && WEIGHT != WEIGHT_Q2_K && WEIGHT != WEIGHT_Q3_K)
#define TWO_CHUNKS
#endif

#if defined(QUARTERS) && defined(BLOCKS)
// Of each of a step's chunks one word alone is loaded, that of the quarter (0 to 3) that is asked for, and stands in all four
// places. It holds every fourth group, from the one with the quarter's number on; `group` then is that of quarter 0.
#define QUARTERED
#endif

// One row's weights of one step, still packed.
struct Packed {
    uvec4 chunk;
#ifdef TWO_CHUNKS
    uvec4 chunk2;
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    uint high;
#elif WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q5_K || WEIGHT == WEIGHT_Q6_K
    uvec4 high;
#endif
#if WEIGHT == WEIGHT_Q2_K || WEIGHT == WEIGHT_Q5_K
    vec4 scale;
    vec4 base;
#elif WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q6_K
    vec4 scale;
#elif WEIGHT == WEIGHT_Q4_K
    vec2 scale;
    vec2 base;
#elif WEIGHT == WEIGHT_IQ4_XS
    vec2 scale;
#elif WEIGHT == WEIGHT_IQ4_NL || WEIGHT == WEIGHT_MXFP4
    float scale;
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
#ifdef RUNS
    return 32 * (step / 2) + 4 * (step % 2) + 8 * (group / 4) + group % 4;
#else
    return step * GROUPS + group;
#endif
}

// The other way round: the step and the group that hold four columns.
uint stepOf(uint quad) {
#ifdef RUNS
    return 2 * (quad / 32) + (quad / 4) % 2;
#else
    return quad / GROUPS;
#endif
}
uint groupOf(uint quad) {
#ifdef RUNS
    return 4 * (quad % 32 / 8) + quad % 4;
#else
    return quad % GROUPS;
#endif
}

vec4 bytesOf(uint word) {
    return vec4(word & 0xFF, (word >> 8) & 0xFF, (word >> 16) & 0xFF, word >> 24);
}

// Scales of a step. Their products with quants are exact, those of factors and minima too, and at most one sum is rounded:
// a compiler that contracts what weights4 computes changes no bit, in whatever kernel. Q4_K.swift and its neighbours count
// the bits.
#if WEIGHT == WEIGHT_Q2_K
// Low halves are scales, high halves minima.
void unpackScales(uint bytes, uint factors, inout Packed p) {
    const vec2 d = unpackHalf2x16(factors);
    p.scale = d.x * bytesOf(bytes & 0x0F0F0F0F);
    p.base = -d.y * bytesOf((bytes >> 4) & 0x0F0F0F0F);
}
#elif WEIGHT == WEIGHT_Q3_K
// From the twelve bytes of a block: see Q3_K.swift. The step's four are in bytes 0 and 2 of two words, their upper bits in
// those of the third.
void unpackScales(uvec3 twelve, float d, uint step, inout Packed p) {
    const uvec3 bits = twelve >> (8 * (step & 1) + 2 * (step & 2));
    const uvec2 scales = (bits.xy & 0x000F000F) | (uvec2(bits.z, bits.z >> 2) & 0x00030003) << 4;
    p.scale = d * (vec4(scales.x & 0xFF, scales.x >> 16, scales.y & 0xFF, scales.y >> 16) - 32);
}
#elif WEIGHT == WEIGHT_Q4_K
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
#elif WEIGHT == WEIGHT_Q5_K
// Of the same header; a step has four of each, those of one half of the block.
void unpackScales(uvec4 header, uint step, inout Packed p) {
    const bool isFirstHalf = (step & 2) == 0;
    const uint scales = isFirstHalf ? header.y & 0x3F3F3F3F : (header.w & 0x0F0F0F0F) | ((header.y >> 2) & 0x30303030);
    const uint minima =
        isFirstHalf ? header.z & 0x3F3F3F3F : ((header.w >> 4) & 0x0F0F0F0F) | ((header.z >> 2) & 0x30303030);
    const vec2 factors = unpackHalf2x16(header.x);
    p.scale = factors.x * bytesOf(scales);
    p.base = -factors.y * bytesOf(minima);
}
#elif WEIGHT == WEIGHT_IQ4_XS
// From the eight bytes that a block starts with: see IQ4.swift. A step has two.
void unpackScales(uvec2 header, uint step, inout Packed p) {
    const uint low = header.y >> (8 * step & 24);
    const uint upper = header.x >> (16 + (4 * step & 12));
    const uvec2 scales = uvec2(low & 15, (low >> 4) & 15) | (uvec2(upper, upper >> 2) & 3) << 4;
    p.scale = unpackHalf2x16(header.x).x * (vec2(scales) - 32);
}
#endif

// What is loaded of a row's step. Nothing is computed with it yet: what is on its way can be waited for later.
struct Loaded {
    uvec4 chunk;
#ifdef TWO_CHUNKS
    uvec4 chunk2;
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    uint high;
#elif WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q5_K || WEIGHT == WEIGHT_Q6_K
    uvec4 high;
#endif
#if WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q4_K || WEIGHT == WEIGHT_Q5_K
    uvec4 scales;
#elif WEIGHT == WEIGHT_Q2_K || WEIGHT == WEIGHT_Q6_K || WEIGHT == WEIGHT_IQ4_XS
    uvec2 scales;
#elif defined(BLOCKS)
    uint scales;
#endif
};

uvec4 chunkOrQuarter(uint index, uint quarter) {
#ifdef QUARTERED
    return uvec4(wordAt(4 * index + quarter));
#else
    return chunkAt(index);
#endif
}

Loaded loadStep(uint row, uint step, uint quarter) {
    const uint lane = row % TILE_ROWS;
    const uint block = (row / TILE_ROWS) * stepCount() + step;
    const uint place = block * TILE_ROWS + lane;
#ifdef LONG_BLOCKS
    const uint longPlace = (block / 4) * TILE_ROWS + lane;
#endif
    Loaded l;
#ifdef TWO_CHUNKS
    l.chunk = chunkOrQuarter((2 * block) * TILE_ROWS + lane, quarter);
    l.chunk2 = chunkOrQuarter((2 * block + 1) * TILE_ROWS + lane, quarter);
#else
    l.chunk = chunkOrQuarter(place, quarter);
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    l.high = wordAt(plane1 + place);
#elif WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q5_K
    // A byte has a bit for each of eight runs: the first four belong to steps 0 and 1, the others to 2 and 3.
    l.high = chunkOrQuarter(plane1 / 4 + (2 * (block / 4) + (step & 1)) * TILE_ROWS + lane, quarter);
#elif WEIGHT == WEIGHT_Q6_K
    l.high = chunkOrQuarter(plane1 / 4 + place, quarter);
#endif
    // Where a scale is one f16, two rows share a word; four rows share one of MXFP4's exponents.
#if WEIGHT == WEIGHT_Q4_1
    l.scales = wordAt(plane1 + place);
#elif WEIGHT == WEIGHT_Q5_1
    l.scales = wordAt(plane2 + place);
#elif WEIGHT == WEIGHT_Q8_0 || WEIGHT == WEIGHT_Q4_0 || WEIGHT == WEIGHT_IQ4_NL
    l.scales = wordAt(plane1 + place / 2);
#elif WEIGHT == WEIGHT_Q5_0
    l.scales = wordAt(plane2 + place / 2);
#elif WEIGHT == WEIGHT_MXFP4
    l.scales = wordAt(plane1 + place / 4);
#elif WEIGHT == WEIGHT_Q2_K
    l.scales = uvec2(wordAt(plane1 + place), wordAt(plane2 + longPlace));
#elif WEIGHT == WEIGHT_Q3_K
    const uint first = plane2 + 3 * longPlace;
    l.scales = uvec4(wordAt(first), wordAt(first + 1), wordAt(first + 2), wordAt(plane3 + longPlace / 2));
#elif WEIGHT == WEIGHT_Q4_K
    l.scales = chunkAt(plane1 / 4 + longPlace);
#elif WEIGHT == WEIGHT_Q5_K
    l.scales = chunkAt(plane2 / 4 + longPlace);
#elif WEIGHT == WEIGHT_Q6_K
    l.scales = uvec2(wordAt(plane2 + place), wordAt(plane3 + longPlace / 2));
#elif WEIGHT == WEIGHT_IQ4_XS
    const uint first = plane1 + 2 * longPlace;
    l.scales = uvec2(wordAt(first), wordAt(first + 1));
#endif
    return l;
}

// The row's f16 of a word that it shares with its neighbour.
float halfOf(uint pair, uint row) {
    return unpackHalf2x16((row & 1) == 0 ? pair : pair >> 16).x;
}

Packed packedOf(Loaded l, uint row, uint step, uint quarter) {
    Packed p;
    p.chunk = l.chunk;
#ifdef TWO_CHUNKS
    p.chunk2 = l.chunk2;
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    p.high = l.high >> (4 * quarter);
#elif WEIGHT == WEIGHT_Q3_K || WEIGHT == WEIGHT_Q5_K
    p.high = l.high >> (2 * (step & 2));
#elif WEIGHT == WEIGHT_Q6_K
    p.high = l.high;
#endif
#if WEIGHT == WEIGHT_Q4_1 || WEIGHT == WEIGHT_Q5_1
    const vec2 scaleAndMinimum = unpackHalf2x16(l.scales);
    p.scale = scaleAndMinimum.x;
    p.base = scaleAndMinimum.y;
#elif WEIGHT == WEIGHT_Q8_0
    p.scale = halfOf(l.scales, row);
    p.base = 0;
#elif WEIGHT == WEIGHT_Q4_0
    p.scale = halfOf(l.scales, row);
    p.base = -8 * p.scale;
#elif WEIGHT == WEIGHT_Q5_0
    p.scale = halfOf(l.scales, row);
    p.base = -16 * p.scale;
#elif WEIGHT == WEIGHT_IQ4_NL
    p.scale = halfOf(l.scales, row);
#elif WEIGHT == WEIGHT_MXFP4
    // 2^(exponent − 128); the first two are subnormal, which a device may take for 0.
    const uint exponent = (l.scales >> (8 * (row & 3))) & 0xFF;
    p.scale = uintBitsToFloat(exponent < 2 ? 0x00200000u << exponent : (exponent - 1) << 23);
#elif WEIGHT == WEIGHT_Q2_K
    unpackScales(l.scales.x, l.scales.y, p);
#elif WEIGHT == WEIGHT_Q3_K
    unpackScales(l.scales.xyz, halfOf(l.scales.w, row), step, p);
#elif WEIGHT == WEIGHT_Q4_K || WEIGHT == WEIGHT_Q5_K || WEIGHT == WEIGHT_IQ4_XS
    unpackScales(l.scales, step, p);
#elif WEIGHT == WEIGHT_Q6_K
    const int scales = int(l.scales.x);
    p.scale = halfOf(l.scales.y, row) * vec4(
        bitfieldExtract(scales, 0, 8), bitfieldExtract(scales, 8, 8), bitfieldExtract(scales, 16, 8), scales >> 24);
#endif
    return p;
}

Packed loadPacked(uint row, uint step) { return packedOf(loadStep(row, step, 0), row, step, 0); }

// Bits 0 to 3 of `bits` as 16s in the four bytes of a word.
uint fifthBits(uint bits) {
    return ((bits & 1) << 4) | ((bits & 2) << 11) | ((bits & 4) << 18) | ((bits & 8) << 25);
}

#if WEIGHT == WEIGHT_IQ4_NL || WEIGHT == WEIGHT_IQ4_XS
// The levels of IQ4.swift, −127, −104, … 113, at 0 to 15: this polynomial is never farther than 0.435 from them, so that
// rounding it gives them exactly, in whatever way a compiler contracts it. A table would be a load for each weight.
vec4 levelsOf(uint quants) {
    const vec4 q = bytesOf(quants);
    return roundEven((((1.58604e-3 * q + 3.10864e-2) * q - 1.37193) * q + 24.1738) * q - 126.567);
}
#elif WEIGHT == WEIGHT_MXFP4
// Floats of a sign, two bits of exponent and one of mantissa in each byte, doubled: 0, 1, 2, 3, 4, 6, 8 and 12. All four
// at once, 16 too large.
uint levelsOf(uint quants) {
    // From 4 on the lower two bits count twice, and of 7 the upper one once more.
    const uint large = quants & (((quants >> 2) & 0x01010101) * 3);
    const uint magnitude = (quants & 0x07070707) + large + ((large & (large >> 1) & 0x01010101) << 1);
    // (31 − magnitude) + 16 − 31 where the sign is set.
    const uint negative = ((quants >> 3) & 0x01010101) * 31;
    return (magnitude ^ negative) + 0x10101010 - negative;
}
#endif

#ifdef BLOCKS
// The four quants of a group of a step, one a byte; those of Q8_0 are signed. `group` is a constant after unrolling.
uint packedQuants(Packed p, uint group) {
#if WEIGHT == WEIGHT_Q8_0
    return group < 4 ? p.chunk[group] : p.chunk2[group - 4];
#elif WEIGHT == WEIGHT_Q4_K
    // Low nibbles are weights 0 to 31, high nibbles 32 to 63.
    const uint word = (group & 4) == 0 ? p.chunk[group & 3] : p.chunk2[group & 3];
    return (group < 8 ? word : word >> 4) & 0x0F0F0F0F;
#elif WEIGHT == WEIGHT_Q2_K || WEIGHT == WEIGHT_Q3_K
    // Each byte has all four runs.
    const uint run = group / 4;
    const uint quants = (p.chunk[group & 3] >> (2 * run)) & 0x03030303;
#if WEIGHT == WEIGHT_Q3_K
    return quants | ((p.high[group & 3] >> run) & 0x01010101) << 2;
#else
    return quants;
#endif
#elif WEIGHT == WEIGHT_Q5_K
    // Low and high nibbles are runs of 16; each byte of fifth bits has all four.
    const uint run = group / 4;
    const uint word = run < 2 ? p.chunk[group & 3] : p.chunk2[group & 3];
    const uint low = ((run & 1) == 0 ? word : word >> 4) & 0x0F0F0F0F;
    return low | ((p.high[group & 3] >> run) & 0x01010101) << 4;
#elif WEIGHT == WEIGHT_IQ4_XS
    // As two blocks of IQ4_NL.
    const uint word = group < 8 ? p.chunk[group & 3] : p.chunk2[group & 3];
    return ((group & 4) == 0 ? word : word >> 4) & 0x0F0F0F0F;
#elif WEIGHT == WEIGHT_Q6_K
    // Low nibbles are the first two runs of 16, high nibbles the others; each byte of upper bits has all four.
    const uint run = group / 4;
    const uint word = (run & 1) == 0 ? p.chunk[group & 3] : p.chunk2[group & 3];
    const uint low = (run < 2 ? word : word >> 4) & 0x0F0F0F0F;
    return low | ((p.high[group & 3] >> (2 * run)) & 0x03030303) << 4;
#else
    // Low nibbles are weights 0 to 15, high nibbles 16 to 31.
    const uint quants = (group < 4 ? p.chunk[group] : p.chunk[group - 4] >> 4) & 0x0F0F0F0F;
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    return quants | fifthBits(p.high >> (4 * group));
#else
    return quants;
#endif
#endif
}

// What a group's numbers are multiplied by, and what is added: the scale and the base.
vec2 factorsOf(Packed p, uint group) {
#if WEIGHT == WEIGHT_Q8_0 || WEIGHT == WEIGHT_IQ4_NL
    return vec2(p.scale, 0);
#elif WEIGHT == WEIGHT_Q4_K
    return vec2(p.scale[group / 8], p.base[group / 8]);
#elif WEIGHT == WEIGHT_Q2_K || WEIGHT == WEIGHT_Q5_K
    return vec2(p.scale[group / 4], p.base[group / 4]);
#elif WEIGHT == WEIGHT_Q3_K
    return vec2(1, -4) * p.scale[group / 4];
#elif WEIGHT == WEIGHT_Q6_K
    return vec2(1, -32) * p.scale[group / 4];
#elif WEIGHT == WEIGHT_IQ4_XS
    return vec2(p.scale[group / 8], 0);
#elif WEIGHT == WEIGHT_MXFP4
    return vec2(1, -16) * p.scale;
#else
    return vec2(p.scale, p.base);
#endif
}

// A group's four numbers as signed bytes.
uint quants4(Packed p, uint group) {
#if WEIGHT == WEIGHT_IQ4_NL || WEIGHT == WEIGHT_IQ4_XS
    const uvec4 levels = uvec4(ivec4(levelsOf(packedQuants(p, group)))) & 0xFF;
    return levels.x | levels.y << 8 | levels.z << 16 | levels.w << 24;
#elif WEIGHT == WEIGHT_MXFP4
    return levelsOf(packedQuants(p, group));
#else
    return packedQuants(p, group);
#endif
}
#endif

// The four weights of a group of a step. `group` is a constant after unrolling.
vec4 weights4(Packed p, uint group) {
#if WEIGHT == WEIGHT_F32
    return uintBitsToFloat(p.chunk);
#elif WEIGHT == WEIGHT_F16
    return vec4(unpackHalf2x16(p.chunk[2 * group]), unpackHalf2x16(p.chunk[2 * group + 1]));
#elif WEIGHT == WEIGHT_BF16
    const uvec2 pair = uvec2(p.chunk[2 * group], p.chunk[2 * group + 1]);
    return uintBitsToFloat(uvec4(pair.x << 16, pair.x & 0xFFFF0000u, pair.y << 16, pair.y & 0xFFFF0000u));
#else
    const vec2 factors = factorsOf(p, group);
#if WEIGHT == WEIGHT_Q8_0
    const int word = int(packedQuants(p, group));
    return factors.x
        * vec4(bitfieldExtract(word, 0, 8), bitfieldExtract(word, 8, 8), bitfieldExtract(word, 16, 8), word >> 24);
#elif WEIGHT == WEIGHT_IQ4_NL || WEIGHT == WEIGHT_IQ4_XS
    return factors.x * levelsOf(packedQuants(p, group));
#elif WEIGHT == WEIGHT_MXFP4
    return factors.x * (bytesOf(quants4(p, group)) - 16);
#else
    return factors.x * bytesOf(packedQuants(p, group)) + factors.y;
#endif
#endif
}
