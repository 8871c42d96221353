// Slabs: the columns of a tiled product that one staging covers, SLAB_QUADS fours of them in the order of steps and groups
// (Weights.glsl), which are whole steps. While a slab is multiplied, the packed weights of the next are on their way.
//
// The includer defines LANES, BLOCK_ROWS (rows of the tile) and SLAB_QUADS, includes Weights.glsl, and gives
// putWeights(row, quad, weights), which stages four weights of a row of the tile.

const uint SLAB_STEPS = SLAB_QUADS / GROUPS;
// Steps of rows that a lane unpacks.
const uint UNPACKED = (SLAB_STEPS * BLOCK_ROWS + LANES - 1) / LANES;

Packed packed[UNPACKED];

uint slabCount() { return (stepCount() + SLAB_STEPS - 1) / SLAB_STEPS; }

// Column 4·quad is the first of a slab's quad.
uint quadOfSlab(uint slab, uint quad) { return quadOf(slab * SLAB_STEPS + quad / GROUPS, quad % GROUPS); }

void loadSlab(uint slab, uint firstRowOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        const uint item = lane + i * LANES;
        const uint row = min(firstRowOfTile + item % BLOCK_ROWS, rows - 1);
        const uint step = min(slab * SLAB_STEPS + item / BLOCK_ROWS, stepCount() - 1);
        packed[i] = loadPacked(firstRow + row, step);
    }
}

void stageSlab(uint slab, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        const uint item = lane + i * LANES;
        if (SLAB_STEPS * BLOCK_ROWS % LANES != 0 && item >= SLAB_STEPS * BLOCK_ROWS) break;
        const uint step = item / BLOCK_ROWS;
        [[unroll]] for (uint group = 0; group < GROUPS; group++) {
            vec4 w = weights4(packed[i], group);
            // Behind the last step there are no weights; only formats whose steps are short have several in a slab.
            if (SLAB_STEPS > 1 && slab * SLAB_STEPS + step >= stepCount()) w = vec4(0);
            putWeights(item % BLOCK_ROWS, step * GROUPS + group, w);
        }
    }
}
