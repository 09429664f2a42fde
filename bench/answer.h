/* An incremental reader of HTTP/1.1 responses: fed whatever a read brought, it hands out the body without its framing. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include "wire.h"

#define HEAD_MAX 16384

enum stage { HEAD, BY_LENGTH, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, UNTIL_CLOSE, COMPLETE, MALFORMED };

struct answer {
    enum stage stage;
    int status, closes;
    uint64_t left;     /* bytes of the body, or of this chunk, still to come */
    unsigned in_line;  /* characters seen of the present chunk-size or trailer line */
    int in_extension;  /* behind the ';' of a chunk-size line */
    size_t head_size;
    char head[HEAD_MAX + 1];
};

typedef void body_sink(void *owner, const char *data, size_t size);

static inline void answer_expect(struct answer *a) {
    a->stage = HEAD;
    a->status = a->closes = 0;
    a->head_size = 0;
}

static inline enum stage answer_framing(struct answer *a) {
    const char *coding = header_value(a->head, "transfer-encoding");
    const char *length = header_value(a->head, "content-length");
    if (a->status == 204 || a->status == 304) return COMPLETE;
    if (coding && header_lists(coding, "chunked")) {
        a->left = a->in_line = 0;
        a->in_extension = 0;
        return CHUNK_SIZE;
    }
    if (length) return (a->left = strtoull(length, NULL, 10)) ? BY_LENGTH : COMPLETE;
    a->closes = 1;
    return UNTIL_CLOSE;
}

/* Take in bytes of the head; once it is whole, decide how the body is framed. Interim 1xx answers are dropped. */
static inline size_t answer_head(struct answer *a, const char *data, size_t size) {
    size_t before = a->head_size, room = HEAD_MAX - before, taken = size < room ? size : room;
    memcpy(a->head + before, data, taken);
    a->head[a->head_size = before + taken] = 0;
    char *end = strstr(a->head + (before > 3 ? before - 3 : 0), "\r\n\r\n");
    if (!end) {
        if (a->head_size == HEAD_MAX) a->stage = MALFORMED;
        return taken;
    }
    end[2] = 0;
    taken = (size_t)(end + 4 - a->head) - before;
    a->head_size = 0;
    int minor;
    if (sscanf(a->head, "HTTP/1.%d %3d", &minor, &a->status) != 2) {
        a->stage = MALFORMED;
    } else if (a->status >= 200) {
        const char *connection = header_value(a->head, "connection");
        a->closes = connection ? header_lists(connection, "close") : minor == 0;
        a->stage = answer_framing(a);
    }
    return taken;
}

static inline void answer_size_character(struct answer *a, char c) {
    if (c == '\n') {
        a->stage = !a->in_line ? MALFORMED : a->left ? CHUNK_DATA : TRAILER;
        a->in_line = 0;
        a->in_extension = 0;
    } else if (c == ';' || c == ' ') {
        a->in_extension = 1;
    } else if (c != '\r' && !a->in_extension) {
        int digit = hex_value(c);
        if (digit < 0 || a->in_line++ == 15) a->stage = MALFORMED;
        a->left = a->left << 4 | (uint64_t)(digit & 15);
    }
}

/* Feed one read. Stops behind the answer's last byte; look at `stage` for COMPLETE or MALFORMED. */
static inline void answer_feed(struct answer *a, const char *data, size_t size, body_sink *sink, void *owner) {
    while (size && a->stage != COMPLETE && a->stage != MALFORMED) {
        size_t taken = 1;
        if (a->stage == HEAD) {
            taken = answer_head(a, data, size);
        } else if (a->stage == UNTIL_CLOSE) {
            sink(owner, data, taken = size);
        } else if (a->stage == BY_LENGTH || a->stage == CHUNK_DATA) {
            sink(owner, data, taken = size < a->left ? size : (size_t)a->left);
            a->left -= taken;
            if (!a->left) a->stage = a->stage == BY_LENGTH ? COMPLETE : CHUNK_END;
        } else if (a->stage == CHUNK_SIZE) {
            answer_size_character(a, *data);
        } else if (a->stage == CHUNK_END) {
            if (*data == '\n') a->stage = CHUNK_SIZE;
            else if (*data != '\r') a->stage = MALFORMED;
        } else if (*data == '\n') { /* a trailer line ends; an empty one ends the answer */
            if (!a->in_line) a->stage = COMPLETE;
            a->in_line = 0;
        } else if (*data != '\r') {
            a->in_line++;
        }
        data += taken;
        size -= taken;
    }
}

#endif
