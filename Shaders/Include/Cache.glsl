// The key and value caches: words of two f16 values or one f32 value each, or heads of Q8_0, in pages of PAGE positions.
//
// A head of Q8_0 begins with the f16 scales of its blocks of 32 elements, two in a word; then come four quants a word.

// What stands for a page table where a row belongs to no sequence: it only fills a step up.
const uint NO_TABLE = 0xFFFFFFFFu;

vec2 unpackF16(uint word) { return unpackHalf2x16(word); }
vec2 unpackF32(uint word) { return vec2(uintBitsToFloat(word), 0); }

// The nearest binary16, ties to even, in its 16 bits; finite values beyond ±65,504 become that, so that they stay finite;
// NaN and infinities stay what they are. Drivers may round packHalf2x16 either way (AMD's cuts), and may flush what is
// subnormal. KVCacheType.rounded in Swift is the same.
uint roundToF16(float value) {
    const uint bits = floatBitsToUint(value);
    const uint magnitude = bits & 0x7FFFFFFFu;
    uint half_;
    if (magnitude >= 0x7F800000u) {
        half_ = magnitude > 0x7F800000u ? 0x7E00u : 0x7C00u;
    } else if (magnitude < 0x38800000u) {
        half_ = uint(roundEven(abs(value) * 16777216.0));  // below 2⁻¹⁴: multiples of 2⁻²⁴
    } else {
        // The exponent's bias goes from 127 to 15, 13 bits are dropped.
        half_ = min((magnitude - 0x38000000u + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13, 0x7BFFu);
    }
    return ((bits >> 16) & 0x8000u) | half_;
}

const uint BLOCK = 32;

// Words of a head that hold scales.
uint scaleWords(uint headDim) { return (headDim + 2 * BLOCK - 1) / (2 * BLOCK); }
// Words of a head.
uint wordsOfHeadF16(uint headDim) { return headDim / 2; }
uint wordsOfHeadF32(uint headDim) { return headDim; }
uint wordsOfHeadQ8_0(uint headDim) { return scaleWords(headDim) + (headDim + 3) / 4; }
// Likewise of the type that is first, second or third in a kernel's variants: f16, f32 and q8_0.
uint wordsOfHead(uint type, uint headDim) {
    return type == 0 ? wordsOfHeadF16(headDim) : type == 1 ? wordsOfHeadF32(headDim) : wordsOfHeadQ8_0(headDim);
}

// What the bits of a binary16 mean, NaN where they mean no finite number. unpackHalf2x16 may flush what is subnormal.
float halfOfBits(uint bits) {
    const uint exponent = (bits >> 10) & 31;
    const uint fraction = bits & 0x3FF;
    const float magnitude = exponent == 0 ? float(fraction) * (1.0 / 16777216.0)
        : uintBitsToFloat(exponent == 31 ? 0x7FC00000u : ((exponent + 112) << 23) | (fraction << 13));
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

// Of a word that holds two scales.
float scaleOf(uint word, uint block) { return halfOfBits((block & 1) == 0 ? word & 0xFFFF : word >> 16); }

vec4 unpackQuants(uint word) {
    const int bits = int(word);
    return vec4(bitfieldExtract(bits, 0, 8), bitfieldExtract(bits, 8, 8), bitfieldExtract(bits, 16, 8), bits >> 24);
}

// The multiple of d that is nearest to a value, upwards in the middle: Q8Block in Swift says why this is exact.
int quantOf(float value, float d) {
    float q = clamp(roundEven(value / d), -128.0, 128.0);
    if (value >= (q + 0.5) * d) {
        q += 1;
    } else if (value < (q - 0.5) * d) {
        q -= 1;
    }
    return int(clamp(q, -127.0, 127.0));
}

uint packF16(vec2 pair) { return roundToF16(pair.x) | roundToF16(pair.y) << 16; }
