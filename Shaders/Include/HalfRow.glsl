// A row of activations in f16, as products of the half class read it: HalfRows.comp writes it.
//
// It begins with the f32 factor that the elements are to be multiplied by, a power of two, in words of its own, then come two
// elements a word, filled up by zeros to whole slabs.

// Words before the elements: elements lie at multiples of 16 bytes.
const uint HALF_ROW_HEAD = 4;

#ifndef HALF_ROW_WRITER
// The includer declares `uint x[]` and the push constant xStride, the words of a row.
float halfRowScale(uint token) { return uintBitsToFloat(x[token * xStride]); }
#endif
