// Slabs: the columns of a tiled product that one staging covers, SLAB_QUADS fours of them in the order of steps and groups
// (Weights.glsl), which are whole steps. While a slab is multiplied, the packed weights of the next are on their way.
//
// The includer defines LANES, BLOCK_ROWS (rows of the tile) and SLAB_QUADS, includes Weights.glsl, and gives
// stageGroup(packed, row, quad, group, isBehind), which stages a group of a step at a quad of a row of the tile. Behind the
// last step there are no weights: it stages zeros there, or activations are 0.

const uint SLAB_STEPS = SLAB_QUADS / GROUPS;
// Lanes that share a step of a row, each with a quarter of it.
#ifdef QUARTERED
const uint SHARES = 4;
#else
const uint SHARES = 1;
#endif
// Shares of all rows in one step and in a slab, and how many of the latter a lane unpacks; two lanes have one together where
// there are lanes enough. All are powers of two, as LANES and BLOCK_ROWS are.
const uint STEP_SHARES = BLOCK_ROWS * SHARES;
const uint SLAB_SHARES = STEP_SHARES * SLAB_STEPS;
const uint UNPACKED = (SLAB_SHARES + LANES - 1) / LANES;
const uint PARTS = LANES >= 2 * SLAB_SHARES && GROUPS > SHARES ? 2 : 1;

Loaded loaded[UNPACKED];

uint slabCount() { return (stepCount() + SLAB_STEPS - 1) / SLAB_STEPS; }

// Column 4·quad is the first of a slab's quad.
uint quadOfSlab(uint slab, uint quad) { return quadOf(slab * SLAB_STEPS + quad / GROUPS, quad % GROUPS); }

// The same of a run of four quads, which are neighbours: run r of all columns is quads 4·r to 4·r + 3.
uint runOfSlab(uint slab, uint run) {
#ifdef RUNS
    return quadOfSlab(slab, 4 * run) / 4;
#else
    return slab * (SLAB_QUADS / 4) + run;
#endif
}

// Where a lane's shares lie, in the tile and in the slab: what is the same for all lanes is a constant, since compilers do not
// see that lanes are fewer than LANES.
uint rowInTile(uint lane, uint i) {
    return ((LANES > STEP_SHARES ? lane % STEP_SHARES : lane) + i * LANES % STEP_SHARES) / SHARES;
}
uint stepInSlab(uint lane, uint i) {
    return i * LANES / STEP_SHARES + (LANES > STEP_SHARES ? lane / STEP_SHARES % SLAB_STEPS : 0);
}

// The row and the step of a share, or the last there are.
uint rowOfShare(uint firstRowOfTile, uint lane, uint i) {
    return firstRow + min(firstRowOfTile + rowInTile(lane, i), rows - 1);
}
uint stepOfShare(uint slab, uint lane, uint i) { return min(slab * SLAB_STEPS + stepInSlab(lane, i), stepCount() - 1); }

void loadSlab(uint slab, uint firstRowOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        const uint row = rowOfShare(firstRowOfTile, lane, i);
        const uint step = stepOfShare(slab, lane, i);
        loaded[i] = loadStep(row, step, lane % SHARES);
    }
}

// A part of a share, a constant after inlining.
void stageGroups(Packed p, uint slab, uint lane, uint i, uint part) {
    const uint step = stepInSlab(lane, i);
    // Behind the last step there are no weights; only formats whose steps are short have several in a slab.
    const bool isBehind = SLAB_STEPS > 1 && slab * SLAB_STEPS + step >= stepCount();
    const uint groups = GROUPS / SHARES / PARTS;
    [[unroll]] for (uint j = 0; j < groups; j++) {
        const uint group = (part * groups + j) * SHARES;
        stageGroup(p, rowInTile(lane, i), step * GROUPS + group + lane % SHARES, group, isBehind);
    }
}

void stageSlab(uint slab, uint firstRowOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < UNPACKED; i++) {
        if (SLAB_SHARES * PARTS < LANES && lane >= SLAB_SHARES * PARTS) break;
        const uint row = rowOfShare(firstRowOfTile, lane, i);
        const uint step = stepOfShare(slab, lane, i);
        const Packed p = packedOf(loaded[i], row, step, lane % SHARES);
        // Whole subgroups go one way.
        if (PARTS == 1 || lane < SLAB_SHARES) {
            stageGroups(p, slab, lane, i, 0);
        } else {
            stageGroups(p, slab, lane, i, 1);
        }
    }
}
