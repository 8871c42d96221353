// A row of activations in bytes, as products of the int8 class read it: Int8Rows.comp writes it.
//
// The row is cut in runs of 16 columns, filled up by zeros to whole slabs: first four words of four quants for each run, then
// two f32 for each, a quant's unit and the sum of the run's quants in that unit. Two runs share a unit, so that a block has 32
// columns.

const uint INT8_RUN = 16;
// Words of a run of quants, and of both its numbers.
const uint INT8_QUANT_WORDS = 4;
const uint INT8_FACTOR_WORDS = 2;

// Runs of a row of so many words.
uint int8Runs(uint words) { return words / (INT8_QUANT_WORDS + INT8_FACTOR_WORDS); }
