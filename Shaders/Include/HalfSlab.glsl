// Activations in f16 (HalfPanels.glsl) as a tiled product stages them: a slab's columns of BLOCK_TOKENS tokens, two quads at a
// time. While a slab is multiplied, the next is on its way.
//
// The includer defines what Slab.glsl wants, BLOCK_TOKENS, ROW_STRIDE, capacity, `uvec4 x4[]` and the shared `f16vec4 a[]`.

const uint SLAB_PAIRS = SLAB_QUADS / 2;
// Pairs of quads that a lane stages.
const uint FETCHED = (SLAB_PAIRS * BLOCK_TOKENS + LANES - 1) / LANES;

uvec4 fetched[FETCHED];

// Tokens behind the last one are there, and columns to whole slabs.
void fetchActivations(uint slab, uint firstOfTile, uint lane) {
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        const uint token = firstToken + firstOfTile + min(item / SLAB_PAIRS, BLOCK_TOKENS - 1);
        const uint pair = item % SLAB_PAIRS;
        fetched[i] = x4[panelPlace(runOfSlab(slab, pair / 2), token, capacity) / 4 + pair % 2];
    }
}

void stageActivations(uint lane) {
    [[unroll]] for (uint i = 0; i < FETCHED; i++) {
        const uint item = lane + i * LANES;
        if (SLAB_PAIRS * BLOCK_TOKENS % LANES != 0 && item >= SLAB_PAIRS * BLOCK_TOKENS) break;
        const uint place = item / SLAB_PAIRS * ROW_STRIDE + 2 * (item % SLAB_PAIRS);
        a[place] = f16vec4(unpackFloat2x16(fetched[i].x), unpackFloat2x16(fetched[i].y));
        a[place + 1] = f16vec4(unpackFloat2x16(fetched[i].z), unpackFloat2x16(fetched[i].w));
    }
}
