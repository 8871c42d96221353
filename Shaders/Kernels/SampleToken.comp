// chosen[r] = a token drawn from logits[r] by top-k, top-p, min-p and temperature; NO_TOKEN where a logit is NaN or
// infinite. Reference.sampleToken is the definition, and this takes the same f32 steps: the tokens are the same.
//
// logits: (rows, columns) f32; parameters: (rows, 8), each row's own; chosen: (rows), not written where a row's mode is
// MODE_NONE. One workgroup a row; top-k is 1 to LARGEST_K. With CANDIDATES only those are looked at that TopK.comp has
// found in the parts of each row.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_vote : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint LARGEST_K = 128;
layout(constant_id = 2) const bool CANDIDATES = false;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Parameters { uint parameters[]; };
layout(binding = 2) readonly buffer Candidates { uint candidates[]; };
layout(binding = 3) writeonly buffer Chosen { uint chosen[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    // Of each row, `width` columns in each but the last.
    uint parts;
    uint width;
};

#include "Exp.glsl"
#include "Grid.glsl"
#include "Reduce.glsl"
#include "Sampling.glsl"
#include "Token.glsl"
#include "TopK.glsl"

// The k first, largest first.
shared float values[LARGEST_K];
shared uint tokens[LARGEST_K];
shared float weights[LARGEST_K];
shared float shares[LARGEST_K];

// The row's first logit, or candidate.
uint start;

uint orderAt(uint entry) {
    return CANDIDATES ? candidates[2 * (start + entry)] : orderOf(logits[start + entry]);
}
uint idAt(uint entry) { return CANDIDATES ? candidates[2 * (start + entry) + 1] : entry; }

// Puts the k first of what was collected into order.
void sort(uint k) {
    for (uint i = gl_LocalInvocationID.x; i < found; i += LANES) {
        const uint rank = rankOf(i);
        if (rank < k) {
            values[rank] = valueOf(orders[i]);
            tokens[rank] = ids[i];
        }
    }
    barrier();
}

// Turns values into distances from the largest; weights for top-p, and shares at the row's temperature.
void weigh(uint row, uint k) {
    const float inverseTemperature = realParameter(row, INVERSE_TEMPERATURE);
    const float largest = values[0];
    barrier();
    for (uint i = gl_LocalInvocationID.x; i < k; i += LANES) {
        precise float difference = values[i] - largest;
        precise float distance = flushed(max(difference, -LARGEST_FLOAT));
        precise float exponent = distance * inverseTemperature;
        values[i] = distance;
        weights[i] = exp32(distance);
        shares[i] = exp32(exponent);
    }
    barrier();
}

uint draw(uint row, uint k) {
    uint kept = k;
    const float topP = realParameter(row, TOP_P);
    if (topP < 1) {
        precise float whole = 0;
        for (uint i = 0; i < k; i++) whole += weights[i];
        precise float limit = topP * whole;
        precise float running = 0;
        kept = 0;
        do running += weights[kept++]; while (kept < k && running < limit);
    }
    const float logMinP = realParameter(row, LOG_MIN_P);
    while (kept > 1 && values[kept - 1] < logMinP) kept--;
    precise float whole = 0;
    for (uint i = 0; i < kept; i++) whole += shares[i];
    precise float target = realParameter(row, UNIFORM) * whole;
    precise float running = shares[0];
    uint place = 0;
    while (running <= target && place + 1 < kept && shares[place + 1] > 0) running += shares[++place];
    return tokens[place];
}

void main() {
    const uint row = workgroupIndex();
    if (row >= rows || parameter(row, MODE) == MODE_NONE) return;
    const uint k = topK(row, columns);
    start = row * (CANDIDATES ? parts * LARGEST_K : columns);
    entries = CANDIDATES ? (parts - 1) * topK(row, width) + topK(row, columns - (parts - 1) * width) : columns;
    idEnd = columns;
    if (!collectFirst(k)) {
        if (gl_LocalInvocationID.x == 0) chosen[row] = NO_TOKEN;
        return;
    }
    sort(k);
    weigh(row, k);
    if (gl_LocalInvocationID.x == 0) chosen[row] = draw(row, k);
}
