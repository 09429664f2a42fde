/* What the load generator was asked to do, and the request texts made of it. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include "due_queue.h"
#include "wire.h"

#include <getopt.h>

#define LIST_MAX 64

static struct {
    int port, connections, hold;
    double ramp, warm, seconds, pause_us;
    unsigned tokens;
    const char *path, *body, *headers[LIST_MAX], *authorizations[LIST_MAX];
    size_t header_count, authorization_count;
} option = {.connections = 1, .seconds = 3, .path = "/", .body = "{}"};

static char *requests[LIST_MAX]; /* one for each Authorization */
static size_t request_count;

static void prepare_requests(void) {
    size_t room = strlen(option.body) + strlen(option.path) + 4096;
    request_count = option.authorization_count ? option.authorization_count : 1;
    for (size_t i = 0; i < option.header_count; i++) room += strlen(option.headers[i]) + 2;
    for (size_t i = 0; i < option.authorization_count; i++) room += strlen(option.authorizations[i]);
    for (size_t i = 0; i < request_count; i++) {
        FILE *text = need(fmemopen(requests[i] = need(malloc(room)), room, "w"));
        fprintf(text, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", option.path, option.port);
        for (size_t k = 0; k < option.header_count; k++) fprintf(text, "%s\r\n", option.headers[k]);
        if (option.authorization_count) fprintf(text, "Authorization: %s\r\n", option.authorizations[i]);
        fprintf(text, "Content-Type: application/json\r\nAccept: */*\r\nContent-Length: %zu\r\n\r\n%s",
                strlen(option.body), option.body);
        fclose(text);
    }
}

static void read_options(int count, char **arguments) {
    for (int o; (o = getopt(count, arguments, "p:u:b:H:A:c:r:w:d:t:n:k")) != -1;) {
        if (o == 'p') option.port = atoi(optarg);
        else if (o == 'u') option.path = optarg;
        else if (o == 'b') option.body = optarg;
        else if (o == 'H' && option.header_count < LIST_MAX) option.headers[option.header_count++] = optarg;
        else if (o == 'A' && option.authorization_count < LIST_MAX) option.authorizations[option.authorization_count++] = optarg;
        else if (o == 'c') option.connections = atoi(optarg);
        else if (o == 'r') option.ramp = atof(optarg);
        else if (o == 'w') option.warm = atof(optarg);
        else if (o == 'd') option.seconds = atof(optarg);
        else if (o == 't') option.pause_us = atof(optarg);
        else if (o == 'n') option.tokens = (unsigned)atoi(optarg);
        else if (o == 'k') option.hold = 1;
        else exit(2);
    }
    if (option.port <= 0 || option.connections <= 0 || option.connections > DUE_MAX) exit(2);
}

#endif
