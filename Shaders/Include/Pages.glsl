// Where a position of a sequence lies in the cache.
//
// The includer defines PAGE (positions of a page) and declares `uint pages[]`, the sequences' page tables.

// The row of the cache that holds a position of the sequence whose page table begins at pages[table].
uint placeOf(uint table, uint position) {
    return pages[table + position / PAGE] * PAGE + position % PAGE;
}
