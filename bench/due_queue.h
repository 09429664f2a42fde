/* A binary heap of things that are due at a time: the next one is always first. Embed `struct due` as first member. */
#ifndef BENCH_DUE_QUEUE_H
#define BENCH_DUE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#define DUE_MAX 65536

struct due {
    uint64_t at;  /* monotonic ns */
    size_t place; /* 1-based place in the heap, 0 when it is not queued */
};

static struct due *due_heap[DUE_MAX + 1];
static size_t due_count;

static inline struct due *due_first(void) { return due_count ? due_heap[1] : NULL; }

static inline void due_put(size_t place, struct due *item) {
    due_heap[place] = item;
    item->place = place;
}

static inline void due_rise(struct due *item) {
    size_t place = item->place;
    for (; place > 1 && due_heap[place / 2]->at > item->at; place /= 2) due_put(place, due_heap[place / 2]);
    due_put(place, item);
}

static inline void due_sink(struct due *item) {
    size_t place = item->place;
    for (size_t child; (child = place * 2) <= due_count; place = child) {
        if (child < due_count && due_heap[child + 1]->at < due_heap[child]->at) child++;
        if (due_heap[child]->at >= item->at) break;
        due_put(place, due_heap[child]);
    }
    due_put(place, item);
}

static inline void due_remove(struct due *item) {
    if (!item->place) return;
    struct due *last = due_heap[due_count--];
    if (last != item) {
        due_put(item->place, last);
        due_rise(last);
        due_sink(last);
    }
    item->place = 0;
}

static inline void due_add(struct due *item, uint64_t at) {
    due_remove(item);
    item->at = at;
    due_put(++due_count, item);
    due_rise(item);
}

#endif
