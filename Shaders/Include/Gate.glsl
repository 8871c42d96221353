// The gates of feed-forward networks, every multiplication and addition written out: kernels that gate products as they
// write them give the bits of those that read both afterwards.

// x · σ(x). Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
float silu(float x) {
    // exp(80) is finite and makes the quotient vanish as exp(∞) would.
    precise float denominator = 1 + exp(min(-x, 80));
    precise float gated = x / denominator;
    return gated;
}

// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). (1 + tanh(z)) / 2 is the sigmoid of 2z, which loses nothing where z is
// far below 0. Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
float gelu(float x) {
    // 2 √(2/π).
    const float factor = 1.59576912;
    // From 12 on the sigmoid is 1, from -12 down it vanishes; cubes of larger numbers would overflow.
    const float near = clamp(x, -12, 12);
    precise float cube = near * near * near;
    precise float sum = near + 0.044715 * cube;
    precise float z = factor * sum;
    precise float denominator = 1 + exp(min(-z, 80));
    precise float gated = x / denominator;
    return gated;
}
