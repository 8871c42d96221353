// The weights' buffer at binding 0, as Weights.glsl reads it: a storage buffer, or with FETCH = TEXELS, of kernels that
// have this variant, texels of four words. On lavapipe every word of a storage buffer is a branch and a load of its own for
// each lane; texels it loads whole, and a product of one token takes three quarters of the time.

#if defined(FETCH_TEXELS) && FETCH == FETCH_TEXELS
layout(binding = 0) uniform utextureBuffer words;

uvec4 chunkAt(uint index) { return texelFetch(words, int(index)); }

uint wordAt(uint index) {
    const uvec4 texel = texelFetch(words, int(index / 4));
    const uint place = index % 4;
    return place < 2 ? (place == 0 ? texel.x : texel.y) : (place == 2 ? texel.z : texel.w);
}
#else
layout(binding = 0) readonly buffer Weights { uvec4 chunks[]; };
layout(binding = 0) readonly buffer WeightWords { uint words[]; };

uvec4 chunkAt(uint index) { return chunks[index]; }
uint wordAt(uint index) { return words[index]; }
#endif
