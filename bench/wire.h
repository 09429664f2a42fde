/* What the upstream and the load generator agree on: the clock, the time stamp inside a token, header look-up. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/timerfd.h>
#include <time.h>

/* A token's text is "@@" and 16 hex digits: the CLOCK_MONOTONIC nanosecond at which the upstream wrote it.
 * Letters, digits and '@' pass through every JSON encoder unescaped. */
#define MARKER_SIGN '@'
#define MARKER_SIGNS 2
#define MARKER_DIGITS 16
#define MARKER_BLANK "@@----------------"

#define SECOND_NS 1000000000ull

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static inline void stamp(char *digits, uint64_t ns) {
    for (int i = MARKER_DIGITS - 1; i >= 0; i--, ns >>= 4) digits[i] = "0123456789abcdef"[ns & 15];
}

static inline int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of a header in a NUL-terminated head, leading blanks skipped (it ends at the CR), or NULL. */
static inline const char *header_value(const char *head, const char *name) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) || line[length] != ':') continue;
        const char *value = line + length + 1;
        while (*value == ' ' || *value == '\t') value++;
        return value;
    }
    return NULL;
}

/* Whether a comma-separated header value holds this word: "keep-alive, Close" holds "close". */
static inline int header_lists(const char *value, const char *word) {
    size_t length = strlen(word);
    for (; value && *value && *value != '\r'; value++)
        if (!strncasecmp(value, word, length)) return 1;
    return 0;
}

/* Wake the epoll set at `due` (monotonic ns; 0 disarms). Finer than epoll_wait's milliseconds. */
static inline void wake_at(int timer, uint64_t due) {
    struct itimerspec at = {.it_value = {(time_t)(due / SECOND_NS), (long)(due % SECOND_NS)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

_Noreturn static inline void die(const char *what) {
    perror(what);
    exit(1);
}

static inline void *need(void *memory) {
    if (!memory) die("out of memory");
    return memory;
}

#endif
