/* Times in nanoseconds, counted in buckets 0.4 % wide: constant memory, nothing to sort, no cost per token worth naming. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define FINE_BITS 8
#define FINE (1u << FINE_BITS)

struct histogram {
    uint64_t count, max;
    double sum;
    uint64_t bucket[(64 - FINE_BITS + 1) * FINE];
};

/* Below 512 ns a bucket a nanosecond; above, every power of two is cut into 256 buckets. */
static inline unsigned histogram_index(uint64_t ns) {
    if (ns < 2 * FINE) return (unsigned)ns;
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - FINE_BITS;
    return shift * FINE + (unsigned)(ns >> shift);
}

static inline double histogram_middle(unsigned index) {
    if (index < 2 * FINE) return index;
    unsigned shift = index / FINE - 1;
    return ((double)(index - shift * FINE) + 0.5) * (double)(1ull << shift);
}

static inline void histogram_add(struct histogram *h, int64_t ns) {
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    h->count++;
    h->sum += (double)value;
    if (value > h->max) h->max = value;
    h->bucket[histogram_index(value)]++;
}

static inline double histogram_quantile(const struct histogram *h, double q) {
    uint64_t rank = (uint64_t)((double)(h->count - 1) * q), seen = 0;
    unsigned i = 0;
    while ((seen += h->bucket[i]) <= rank) i++;
    return histogram_middle(i);
}

static inline void histogram_print(const char *name, const struct histogram *h) {
    if (!h->count) {
        printf(",\"%s\":null", name);
        return;
    }
    printf(",\"%s\":{\"n\":%llu,\"mean\":%.5f,\"p50\":%.5f,\"p95\":%.5f,\"p99\":%.5f,\"max\":%.5f}", name,
           (unsigned long long)h->count, h->sum / (double)h->count / 1e6, histogram_quantile(h, 0.5) / 1e6,
           histogram_quantile(h, 0.95) / 1e6, histogram_quantile(h, 0.99) / 1e6, (double)h->max / 1e6);
}

#endif
