// Activations in f16, as products of the half class read them: HalfRows.comp writes them.
//
// First comes each token's f32 factor, a power of two that its elements are to be multiplied by, then panels of 16 columns,
// (panels, capacity, 16), two elements a word: a matrix of neighbouring tokens and 16 columns is one piece of memory, at
// whatever token it begins. Columns are filled up by zeros to whole slabs. The capacity, for how many tokens there is room, is
// a multiple of four, so that panels lie at multiples of 16 bytes.

const uint PANEL_QUADS = 4;
const uint PANEL_WORDS = 2 * PANEL_QUADS;

// The words of a token's 16 columns in a panel begin here.
uint panelPlace(uint panel, uint token, uint capacity) {
    return capacity + (panel * capacity + token) * PANEL_WORDS;
}
