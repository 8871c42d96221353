// Rotations of pairs, every multiplication and addition written out: kernels that write what they turned straight to the
// cache give the bits of those that do one after the other.

// A pair turned by an angle of (cos, sin).
vec2 turned(vec2 pair, vec2 turn) {
    precise float first = pair.x * turn.x;
    precise float second = pair.y * turn.y;
    precise float third = pair.x * turn.y;
    precise float fourth = pair.y * turn.x;
    precise float x = first - second;
    precise float y = third + fourth;
    return vec2(x, y);
}
