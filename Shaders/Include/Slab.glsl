// Slabs: the columns of a tiled product that one staging covers, SLAB_QUADS fours of them in the order of steps and groups
// (Weights.glsl), which are whole steps. While a slab is multiplied, the packed weights of the next are on their way.
//
// The includer defines LANES, BLOCK_ROWS (rows of the tile) and SLAB_QUADS, includes Weights.glsl, and gives
// stageGroup(packed, row, quad, group, isBehind), which stages a group of a step at a quad of a row of the tile, or zeros
// behind the last step.

const uint SLAB_STEPS = SLAB_QUADS / GROUPS;
// Steps of rows in a slab, and how many of them a lane unpacks; where there are more lanes, they share a step.
const uint SLAB_ITEMS = SLAB_STEPS * BLOCK_ROWS;
const uint UNPACKED = (SLAB_ITEMS + LANES - 1) / LANES;
const uint PARTS = LANES >= 2 * SLAB_ITEMS && GROUPS > 1 ? 2 : 1;

Packed packed[UNPACKED];

uint slabCount() { return (stepCount() + SLAB_STEPS - 1) / SLAB_STEPS; }

// Column 4·quad is the first of a slab's quad.
uint quadOfSlab(uint slab, uint quad) { return quadOf(slab * SLAB_STEPS + quad / GROUPS, quad % GROUPS); }

void loadSlab(uint slab, uint firstRowOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        const uint item = lane + i * LANES;
        const uint row = min(firstRowOfTile + item % BLOCK_ROWS, rows - 1);
        const uint step = min(slab * SLAB_STEPS + item / BLOCK_ROWS % SLAB_STEPS, stepCount() - 1);
        packed[i] = loadPacked(firstRow + row, step);
    }
}

// The groups from `first` on that one lane unpacks, constants after inlining.
void stageGroups(Packed p, uint slab, uint row, uint step, uint first) {
    // Behind the last step there are no weights; only formats whose steps are short have several in a slab.
    const bool isBehind = SLAB_STEPS > 1 && slab * SLAB_STEPS + step >= stepCount();
    [[unroll]] for (uint i = 0; i < GROUPS / PARTS; i++)
        stageGroup(p, row, step * GROUPS + first + i, first + i, isBehind);
}

void stageSlab(uint slab, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        const uint item = lane + i * LANES;
        if (SLAB_ITEMS * PARTS % LANES != 0 && item >= SLAB_ITEMS * PARTS) break;
        const uint step = item / BLOCK_ROWS % SLAB_STEPS;
        // Whole subgroups go one way.
        if (PARTS == 1 || item < SLAB_ITEMS) {
            stageGroups(packed[i], slab, item % BLOCK_ROWS, step, 0);
        } else {
            stageGroups(packed[i], slab, item % BLOCK_ROWS, step, GROUPS / PARTS);
        }
    }
}
