// Attention's weights in the half class. They are at most 1, and nearly all are small where one key has most of the weight,
// as a text's first token often has; f16 has fewer digits below 2⁻¹⁴, and drivers may flush what is below it. Sums and total
// have the factor, results do not.
const float WEIGHT_FACTOR = 32768;
