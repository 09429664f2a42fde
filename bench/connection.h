/* One connection of the upstream: its buffers, what it still has to stream, and how bytes leave it. */
#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include "due_queue.h"
#include "wire.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_MAX_LENGTH 120

struct text {
    char *at;
    size_t size, room;
};

struct connection {
    struct due due; /* when its next lines are due; queued only while it streams */
    int fd, streaming, awaits_room;
    struct text in, out;
    size_t sent; /* bytes of `out` that are gone */
    unsigned total, left, lines;
    uint64_t interval;
    char name[NAME_MAX_LENGTH + 1];
    char token[512]; /* one chunk, framing included; only the stamp changes from token to token */
    size_t token_size, stamp_at;
};

static int poller, open_connections, open_streams;
static unsigned long cut_streams;

static void append(struct text *t, const char *data, size_t size) {
    if (t->size + size + 1 > t->room) t->at = need(realloc(t->at, t->room = (t->size + size) * 2 + 4096));
    memcpy(t->at + t->size, data, size);
    t->at[t->size += size] = 0;
}

static void watch(struct connection *c, int room_too) {
    if (c->awaits_room == room_too) return;
    c->awaits_room = room_too;
    struct epoll_event event = {.events = EPOLLIN | (room_too ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

/* Send what is pending. 1: all gone, 0: the reader is slow, -1: the reader has left. */
static int flush(struct connection *c) {
    while (c->sent < c->out.size) {
        ssize_t n = send(c->fd, c->out.at + c->sent, c->out.size - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN) return -1;
        watch(c, n < 0);
        if (n < 0) return 0;
        c->sent += (size_t)n;
    }
    c->sent = c->out.size = 0;
    watch(c, 0);
    return 1;
}

static void end_stream(struct connection *c) {
    due_remove(&c->due);
    open_streams -= c->streaming;
    c->streaming = 0;
}

static void hang_up(struct connection *c) {
    cut_streams += (unsigned)c->streaming;
    end_stream(c);
    close(c->fd);
    free(c->in.at);
    free(c->out.at);
    free(c);
    open_connections--;
}

#endif
