// Finds the k first of many entries, largest first and the lower id first of equal ones. All invocations must call.
//
// The entries are read twice: once for the largest of each of GROUPS groups, of which the k-th largest is a lower bound of
// the k-th largest of all, then to collect what reaches that: hardly more than k. Where it is more than there is room for,
// as with many equal logits, a search finds the k-th exactly.
//
// The includer defines LANES and LARGEST_K, includes Sampling.glsl and Reduce.glsl, enables
// GL_KHR_shader_subgroup_arithmetic and GL_KHR_shader_subgroup_vote, and sets `entries` and `idEnd`.

const uint GROUPS = 2 * LARGEST_K;
const uint ROOM = 4 * LARGEST_K;

shared uint groupLargest[GROUPS];
shared uint bound;
// What was collected, in any order; `found` counts also what found no room.
shared uint found;
shared uint orders[ROOM];
shared uint ids[ROOM];

// How many entries there are.
uint entries;
// More than every id.
uint idEnd;

// The includer's: an entry's order (see orderOf), and its id.
uint orderAt(uint entry);
uint idAt(uint entry);

// How many of so many entries a row's top-k takes.
uint topK(uint row, uint count) { return min(min(parameter(row, TOP_K), LARGEST_K), count); }

// Fills groupLargest; the largest order, or 0 where an entry is NaN or infinite.
uint survey() {
    uint highest = LOWEST_ORDER;
    uint lowest = HIGHEST_ORDER;
    for (uint group = gl_LocalInvocationID.x; group < GROUPS; group += LANES) {
        uint largest = 0;
        for (uint i = group; i < entries; i += GROUPS) {
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

// The k-th largest of groupLargest; 0 where fewer groups have entries. One subgroup finds it: 32 steps that others would
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

// Whether an entry is among the first, if those end with `order` and ids below `end`.
bool reaches(uint value, uint id, uint order, uint end) { return value > order || (value == order && id < end); }

// Runs up to 50 times. lavapipe (Mesa 22.3.6) ends loops after 65,535 iterations of all that an invocation runs, without a
// word; eight values in each leave room for a vocabulary of 400,000 with 64 lanes.
//
// Counts stay below 2²⁴, where f32 is exact.
uint entriesReaching(uint order, uint end) {
    float count = 0;
    for (uint base = gl_LocalInvocationID.x; base < entries; base += 8 * LANES) {
        for (uint i = 0; i < 8; i++) {
            const uint entry = min(base + i * LANES, entries - 1);
            count += base + i * LANES < entries && reaches(orderAt(entry), idAt(entry), order, end) ? 1 : 0;
        }
    }
    return uint(workgroupSum(count));
}

void collect(uint order, uint end) {
    barrier();
    if (gl_LocalInvocationID.x == 0) found = 0;
    barrier();
    uint base = 0;
    while (base < entries) {
        // Hits are rare: only loops let a driver that executes every branch pass over the rest of this.
        uint entry;
        uint value;
        bool isHit;
        do {
            entry = base + gl_LocalInvocationID.x;
            value = entry < entries ? orderAt(entry) : 0;
            isHit = entry < entries && reaches(value, idAt(entry), order, end);
            base += LANES;
        } while (base < entries && !subgroupAny(isHit));
        if (isHit) {
            const uint place = atomicAdd(found, 1);
            if (place < ROOM) {
                orders[place] = value;
                ids[place] = idAt(entry);
            }
        }
    }
    barrier();
}

// Collects the k first exactly; `low` is at most the k-th largest order.
void collectExactly(uint k, uint low, uint high) {
    while (low < high) {
        const uint middle = low + (high - low + 1) / 2;
        if (entriesReaching(middle, idEnd) >= k) low = middle; else high = middle - 1;
    }
    uint end = 1;
    uint last = idEnd;
    while (end < last) {
        const uint middle = (end + last) / 2;
        if (entriesReaching(low, middle) >= k) last = middle; else end = middle + 1;
    }
    collect(low, end);
}

// Collects the k first, and some more, in any order; false where an entry is NaN or infinite.
bool collectFirst(uint k) {
    const uint highest = survey();
    if (highest == 0) return false;
    const uint least = kthOfGroups(k, highest);
    collect(least, idEnd);
    if (found > ROOM) collectExactly(k, least, highest);
    return true;
}

// The place of something collected among all that were, the first being 0.
uint rankOf(uint place) {
    const uint order = orders[place];
    const uint id = ids[place];
    uint rank = 0;
    for (uint i = 0; i < found; i++) rank += reaches(orders[i], ids[i], order, id) ? 1 : 0;
    return rank;
}
