// chosen[r] = a token drawn from logits[r] by top-k, top-p, min-p and temperature; NO_TOKEN where a logit is NaN or
// infinite. Reference.sampleToken is the definition, and this takes the same f32 steps: the tokens are the same.
//
// logits: (rows, columns) f32; parameters: (rows, 8), each row's own; chosen: (rows), not written where a row's mode is
// MODE_NONE. One workgroup a row; top-k is 1 to LARGEST_K.
//
// The row is read twice: once for the largest of each of GROUPS groups, of which the k-th largest is a lower bound of
// the row's k-th largest, then to collect what reaches that: hardly more than k. Where it is more than there is room
// for, as with many equal logits, a search finds the k-th exactly.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_vote : require

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 32;
layout(constant_id = 1) const uint LARGEST_K = 128;

layout(binding = 0) readonly buffer Logits { float logits[]; };
layout(binding = 1) readonly buffer Parameters { uint parameters[]; };
layout(binding = 2) writeonly buffer Chosen { uint chosen[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint columns;
};

#include "Exp.glsl"
#include "Grid.glsl"
#include "Reduce.glsl"
#include "Sampling.glsl"
#include "Token.glsl"

const uint GROUPS = 2 * LARGEST_K;
const uint ROOM = 4 * LARGEST_K;

shared uint groupLargest[GROUPS];
shared uint bound;
// What was collected, in any order; `found` counts also what found no room.
shared uint found;
shared uint orders[ROOM];
shared uint ids[ROOM];
// The k first, largest first.
shared float values[LARGEST_K];
shared uint tokens[LARGEST_K];
shared float weights[LARGEST_K];
shared float shares[LARGEST_K];

// The row's first logit.
uint start;

uint orderAt(uint column) { return orderOf(logits[start + column]); }

// Fills groupLargest; the order of the row's largest value, or 0 where a value is NaN or infinite.
uint survey() {
    uint highest = LOWEST_ORDER;
    uint lowest = HIGHEST_ORDER;
    for (uint group = gl_LocalInvocationID.x; group < GROUPS; group += LANES) {
        uint largest = 0;
        for (uint i = group; i < columns; i += GROUPS) {
            const uint order = orderAt(i);
            largest = max(largest, order);
            lowest = min(lowest, order);
        }
        groupLargest[group] = largest;
        highest = max(highest, largest);
    }
    const bool isWrong = lowest < LOWEST_ORDER || highest > HIGHEST_ORDER;
    if (workgroupMax(isWrong ? 1 : 0) != 0) return 0;
    return orderOf(workgroupMax(valueOf(highest)));
}

// The k-th largest of groupLargest; 0 where fewer groups have values. One subgroup finds it: 32 steps that others would
// have to wait for twice each take longer than they save.
uint kthOfGroups(uint k, uint highest) {
    barrier();
    if (gl_SubgroupID == 0) {
        uint low = 0;
        while (low < highest) {
            const uint middle = low + (highest - low + 1) / 2;
            uint count = 0;
            for (uint i = gl_SubgroupInvocationID; i < GROUPS; i += gl_SubgroupSize) {
                count += groupLargest[i] >= middle ? 1 : 0;
            }
            if (subgroupAdd(count) >= k) low = middle; else highest = middle - 1;
        }
        bound = low;
    }
    barrier();
    return bound;
}

// Whether a value is among the first, if those end with `order` and ids below `end`.
bool reaches(uint value, uint id, uint order, uint end) { return value > order || (value == order && id < end); }

// Runs up to 50 times. lavapipe (Mesa 22.3.6) ends loops after 65,535 iterations of all that an invocation runs, without a
// word; eight values in each leave room for a vocabulary of 400,000 with 64 lanes.
//
// Counts stay below 2²⁴, where f32 is exact.
uint valuesReaching(uint order, uint end) {
    float count = 0;
    for (uint base = gl_LocalInvocationID.x; base < columns; base += 8 * LANES) {
        for (uint i = 0; i < 8; i++) {
            const uint id = base + i * LANES;
            count += id < columns && reaches(orderAt(min(id, columns - 1)), id, order, end) ? 1 : 0;
        }
    }
    return uint(workgroupSum(count));
}

void collect(uint order, uint end) {
    barrier();
    if (gl_LocalInvocationID.x == 0) found = 0;
    barrier();
    uint base = 0;
    while (base < columns) {
        // Hits are rare: only loops let a driver that executes every branch pass over the rest of this.
        uint id;
        uint value;
        bool isHit;
        do {
            id = base + gl_LocalInvocationID.x;
            value = id < columns ? orderAt(id) : 0;
            isHit = id < columns && reaches(value, id, order, end);
            base += LANES;
        } while (base < columns && !subgroupAny(isHit));
        if (isHit) {
            const uint place = atomicAdd(found, 1);
            if (place < ROOM) {
                orders[place] = value;
                ids[place] = id;
            }
        }
    }
    barrier();
}

// Collects the k first exactly; `low` is at most the k-th largest value's order.
void collectFirst(uint k, uint low, uint high) {
    while (low < high) {
        const uint middle = low + (high - low + 1) / 2;
        if (valuesReaching(middle, columns) >= k) low = middle; else high = middle - 1;
    }
    uint end = 1;
    uint last = columns;
    while (end < last) {
        const uint middle = (end + last) / 2;
        if (valuesReaching(low, middle) >= k) last = middle; else end = middle + 1;
    }
    collect(low, end);
}

// Puts the k first of what was collected into order, whatever order that lies in.
void sort(uint k) {
    for (uint i = gl_LocalInvocationID.x; i < found; i += LANES) {
        const uint order = orders[i];
        const uint id = ids[i];
        uint rank = 0;
        for (uint j = 0; j < found; j++) rank += reaches(orders[j], ids[j], order, id) ? 1 : 0;
        if (rank < k) {
            values[rank] = valueOf(order);
            tokens[rank] = id;
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
    start = row * columns;
    const uint k = min(min(parameter(row, TOP_K), LARGEST_K), columns);
    const uint highest = survey();
    if (highest == 0) {
        if (gl_LocalInvocationID.x == 0) chosen[row] = NO_TOKEN;
        return;
    }
    const uint least = kthOfGroups(k, highest);
    collect(least, columns);
    if (found > ROOM) collectFirst(k, least, highest);
    sort(k);
    weigh(row, k);
    if (gl_LocalInvocationID.x == 0) chosen[row] = draw(row, k);
}
