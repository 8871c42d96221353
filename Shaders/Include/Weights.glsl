// Reading weights: (rows, columns) of any type that a model file holds, in the layout of WeightLayout.swift.
//
// Rows are grouped in tiles of 32. A row is cut in steps of STEP weights; a step's 16-byte chunks lie beside those of
// the tile's other rows, so that lanes with neighbouring rows load neighbouring 16 bytes. Block formats keep their
// scales, and the fifth bits of Q5, in planes of their own behind the chunks. Values are exactly the file's.
//
// The includer defines WEIGHT (a variant) and declares `uvec4 chunks[]` and `uint words[]` over the weights' buffer,
// and push constants `rows`, `columns`, `highPlane` and `scalePlane` (the planes' first words).

const uint TILE_ROWS = 32;

#if WEIGHT == WEIGHT_F32
const uint STEP = 4;
#elif WEIGHT == WEIGHT_F16 || WEIGHT == WEIGHT_BF16
const uint STEP = 8;
#else
const uint STEP = 32;
#endif
const uint GROUPS = STEP / 4;

// One row's weights of one step, still packed.
struct Packed {
    uvec4 chunk;
#if WEIGHT == WEIGHT_Q8_0
    uvec4 chunk2;
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    uint high;
#endif
    float scale;
    float base;
};

uint stepCount() {
    return (columns + STEP - 1) / STEP;
}

Packed loadPacked(uint row, uint step) {
    const uint lane = row % TILE_ROWS;
    const uint block = (row / TILE_ROWS) * stepCount() + step;
    Packed p;
#if WEIGHT == WEIGHT_Q8_0
    p.chunk = chunks[(2 * block) * TILE_ROWS + lane];
    p.chunk2 = chunks[(2 * block + 1) * TILE_ROWS + lane];
#else
    p.chunk = chunks[block * TILE_ROWS + lane];
#endif
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    p.high = words[highPlane + block * TILE_ROWS + lane];
#endif
#if WEIGHT == WEIGHT_Q4_1 || WEIGHT == WEIGHT_Q5_1
    const vec2 scaleAndMinimum = unpackHalf2x16(words[scalePlane + block * TILE_ROWS + lane]);
    p.scale = scaleAndMinimum.x;
    p.base = scaleAndMinimum.y;
#elif WEIGHT == WEIGHT_Q8_0 || WEIGHT == WEIGHT_Q4_0 || WEIGHT == WEIGHT_Q5_0
    // Two rows' scales share a word.
    const uint pair = words[scalePlane + (block * TILE_ROWS + lane) / 2];
    p.scale = unpackHalf2x16((lane & 1) == 0 ? pair : pair >> 16).x;
#if WEIGHT == WEIGHT_Q4_0
    p.base = -8 * p.scale;
#elif WEIGHT == WEIGHT_Q5_0
    p.base = -16 * p.scale;
#else
    p.base = 0;
#endif
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

// Weights 4·group to 4·group + 3 of a step. `group` is a constant after unrolling.
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
#else
    // Low nibbles are weights 0 to 15, high nibbles 16 to 31.
    uint quants = (group < 4 ? p.chunk[group] : p.chunk[group - 4] >> 4) & 0x0F0F0F0F;
#if WEIGHT == WEIGHT_Q5_0 || WEIGHT == WEIGHT_Q5_1
    quants |= fifthBits(p.high >> (4 * group));
#endif
    return p.scale * bytesOf(quants) + p.base;
#endif
}
