// The splits of the positions that a row sees: split s of the cache covers SPLIT positions from s · SPLIT on, the same for
// every row, so that a row's sums do not depend on the rows beside it.
//
// The includer defines SPLIT and declares the push constant `window`, positions that a row sees, itself included.

// The first of `count` positions that is seen.
uint firstSeen(uint count) { return count - min(count, window); }

// The first split that holds a position that is seen.
uint firstSplit(uint count) { return firstSeen(count) / SPLIT; }

// Splits that hold positions that are seen.
uint splitCount(uint count) { return (count - 1) / SPLIT + 1 - firstSplit(count); }

// Words of a partial result: a head's sums, the largest score, and the total of the weights.
uint wordsOfPartial(uint headDim) { return headDim + 2; }
