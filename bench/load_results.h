/* What the load generator saw within the measured time, and how it is printed. */
#ifndef BENCH_LOAD_RESULTS_H
#define BENCH_LOAD_RESULTS_H

#include "histogram.h"

#include <time.h>

static struct {
    uint64_t requests, tokens, bytes, opened, broken, miscounted, refused;
    uint64_t by_status[600];
    struct histogram first_token, total, relay, gap;
} seen;

static void print_results(double seconds) {
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    printf("{\"seconds\":%.3f,\"requests\":%lu,\"tokens\":%lu,\"bytes\":%lu,\"connections_opened\":%lu,\"cpu_s\":%.3f,"
           "\"requests_per_s\":%.3f,\"tokens_per_s\":%.3f",
           seconds, seen.requests, seen.tokens, seen.bytes, seen.opened,
           (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9, (double)seen.requests / seconds,
           (double)seen.tokens / seconds);
    printf(",\"errors\":{\"broken\":%lu,\"miscounted\":%lu,\"refused\":%lu", seen.broken, seen.miscounted, seen.refused);
    for (int status = 0; status < 600; status++)
        if (seen.by_status[status]) printf(",\"%d\":%lu", status, seen.by_status[status]);
    printf("}");
    histogram_print("first_token_ms", &seen.first_token);
    histogram_print("total_ms", &seen.total);
    histogram_print("relay_ms", &seen.relay);
    histogram_print("gap_ms", &seen.gap);
    printf("}\n");
}


#endif
