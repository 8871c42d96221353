// chosen[r] = a token drawn from logits[r] by top-k, typical, top-p, min-p, XTC and temperature; NO_TOKEN where a logit is
// NaN or infinite. Reference.sampleToken is the definition, and this takes the same f32 steps: the tokens are the same.
//
// logits: (rows, columns) f32; parameters: (rows, ROW_WORDS), each row's own; chosen: (rows), not written where a row's mode is
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
#include "Log.glsl"
#include "Reduce.glsl"
#include "Sampling.glsl"
#include "Token.glsl"
#include "TopK.glsl"

// The k first, largest first; then what filters leave of them, in this order.
shared float values[LARGEST_K];
shared uint tokens[LARGEST_K];
shared float weights[LARGEST_K];
// Of the k first: how far each is from what is typical, and the places in the order of that.
shared float scores[LARGEST_K];
shared uint nearest[LARGEST_K];
// What the first lane found: the candidates from `first` to before `end` stay.
shared uint first;
shared uint end;
shared float inverseTemperature;

// Reference.leastTemperature, and one by it.
const float LEAST_TEMPERATURE = 1e-30;
const float LARGEST_TEMPERATURE = 1e30;

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

float distanceAt(uint i) {
    precise float difference = values[i] - values[first];
    return flushed(max(difference, -LARGEST_FLOAT));
}

// weights = exp(distance · factor) of what stays, distances being those from the largest that stays.
void weigh(float factor) {
    for (uint i = first + gl_LocalInvocationID.x; i < end; i += LANES) {
        precise float exponent = distanceAt(i) * factor;
        weights[i] = exp32(exponent);
    }
    barrier();
}

float wholeWeight() {
    precise float whole = 0;
    for (uint i = first; i < end; i++) whole += weights[i];
    return whole;
}

// Σ weight · distance
float weightedDistance() {
    precise float sum = 0;
    for (uint i = first; i < end; i++) {
        precise float product = weights[i] * distanceAt(i);
        sum += flushed(product);
    }
    return sum;
}

// Reference.typical.
void keepTypical(float limit) {
    const float whole = wholeWeight();
    const float expected = weightedDistance();
    for (uint i = gl_LocalInvocationID.x; i < end; i += LANES) {
        precise float information = distanceAt(i) * whole;
        precise float difference = information - expected;
        scores[i] = abs(flushed(difference));
    }
    barrier();
    for (uint i = gl_LocalInvocationID.x; i < end; i += LANES) {
        uint rank = 0;
        for (uint j = 0; j < end; j++) rank += scores[j] < scores[i] || (scores[j] == scores[i] && j < i) ? 1 : 0;
        nearest[rank] = i;
    }
    barrier();
    if (gl_LocalInvocationID.x == 0) {
        precise float target = limit * whole;
        precise float running = 0;
        uint kept = 0;
        do running += weights[nearest[kept++]]; while (kept < end && running <= target);
        // Scores turn into marks, and what is marked moves to the front.
        for (uint i = 0; i < end; i++) scores[i] = 0;
        for (uint i = 0; i < kept; i++) scores[nearest[i]] = 1;
        uint place = 0;
        for (uint i = 0; i < end; i++) {
            if (scores[i] == 0) continue;
            values[place] = values[i];
            tokens[place] = tokens[i];
            place++;
        }
        end = place;
    }
    barrier();
    weigh(1);
}

// Top-p, min-p and XTC, by one lane.
void filterEnds(uint row) {
    const float topP = realParameter(row, TOP_P);
    uint kept = end;
    if (topP < 1) {
        precise float limit = topP * wholeWeight();
        precise float running = 0;
        kept = 0;
        do running += weights[kept++]; while (kept < end && running < limit);
    }
    const float logMinP = realParameter(row, LOG_MIN_P);
    while (kept > 1 && distanceAt(kept - 1) < logMinP) kept--;
    end = kept;
    const float threshold = realParameter(row, XTC_THRESHOLD);
    if (threshold < 1) {
        precise float limit = threshold * wholeWeight();
        uint reaching = 0;
        while (reaching < end && weights[reaching] >= limit) reaching++;
        first = reaching > 1 ? reaching - 1 : 0;
    }
}

// Reference.inverseTemperature, by one lane.
float dynamicTemperature(uint row) {
    const float whole = wholeWeight();
    precise float mean = weightedDistance() * reciprocal32(whole);
    precise float entropy = log32(whole) - mean;
    precise float quotient = entropy * reciprocal32(log32(float(end - first)));
    const float share = flushed(min(max(quotient, 0), 1));
    const float exponent = realParameter(row, TEMPERATURE_EXPONENT);
    float power = exponent == 0 ? 1 : 0;
    if (share > 0) {
        precise float scaled = exponent * log32(share);
        power = exp32(max(scaled, -LARGEST_FLOAT));
    }
    precise float added = realParameter(row, TEMPERATURE_RANGE) * power;
    precise float temperature = realParameter(row, LOWEST_TEMPERATURE) + added;
    return reciprocal32(min(max(temperature, LEAST_TEMPERATURE), LARGEST_TEMPERATURE));
}

uint draw(uint row) {
    precise float target = realParameter(row, UNIFORM) * wholeWeight();
    precise float running = weights[first];
    uint place = first;
    while (running <= target && place + 1 < end && weights[place + 1] > 0) running += weights[++place];
    return tokens[place];
}

// Draws from what `sort` left; only the first lane knows the token.
uint drawFiltered(uint row, uint k) {
    const bool isFirst = gl_LocalInvocationID.x == 0;
    if (isFirst) {
        first = 0;
        end = k;
    }
    barrier();
    weigh(1);
    const float typicalP = realParameter(row, TYPICAL_P);
    if (typicalP < 1 && k > 1) keepTypical(typicalP);
    if (isFirst) filterEnds(row);
    barrier();
    const bool isDynamic = realParameter(row, TEMPERATURE_RANGE) > 0 && end - first > 1;
    if (isDynamic) weigh(1);
    if (isFirst) inverseTemperature = isDynamic ? dynamicTemperature(row) : realParameter(row, INVERSE_TEMPERATURE);
    barrier();
    weigh(inverseTemperature);
    return isFirst ? draw(row) : NO_TOKEN;
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
    const uint token = drawFiltered(row, k);
    if (gl_LocalInvocationID.x == 0) chosen[row] = token;
}
