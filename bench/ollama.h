/* Ollama's side of the wire: the routes that a gateway asks for, and the lines of a streamed chat. */
#ifndef BENCH_OLLAMA_H
#define BENCH_OLLAMA_H

#include "connection.h"

#include <ctype.h>

#define LINES_PER_TURN 16 /* of an unpaced stream, before the others get their turn */
#define CREATED "\"created_at\":\"2026-01-02T03:04:05.678901234Z\""
#define DETAILS                                                                                                       \
    "\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"bench\",\"families\":[\"bench\"],"            \
    "\"parameter_size\":\"1.0B\",\"quantization_level\":\"Q4_K_M\",\"context_length\":131072,\"embedding_length\":2048}"

static unsigned long chats;
static struct text tags; /* the body of /api/tags */

static void reply(struct connection *c, const char *status, const char *type, const char *body, int head_only) {
    char head[256];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", status, type,
                     strlen(body));
    append(&c->out, head, (size_t)n);
    if (!head_only) append(&c->out, body, strlen(body));
}

static void reply_json(struct connection *c, const char *status, const char *body) {
    reply(c, status, "application/json; charset=utf-8", body, 0);
}

/* The text behind a key of a JSON body, up to its closing quote; good enough for names without escapes. */
static int json_text(const char *body, const char *key, char *out, size_t room) {
    const char *p = strstr(body, key);
    if (!p) return 0;
    for (p += strlen(key); *p == ' ' || *p == ':'; p++) {}
    if (*p++ != '"') return 0;
    size_t n = 0;
    while (*p && *p != '"' && n + 1 < room) out[n++] = *p++;
    out[n] = 0;
    return *p == '"';
}

static int read_pace(struct connection *c) {
    char *p = c->name;
    if (*p++ != 'n' || !isdigit((unsigned char)*p)) return 0;
    c->total = c->left = (unsigned)strtoul(p, &p, 10);
    if (*p++ != 'i' || !isdigit((unsigned char)*p)) return 0;
    c->interval = strtoull(p, &p, 10) * 1000;
    c->lines = c->interval ? 1 : LINES_PER_TURN;
    if (*p == 'b') c->lines = (unsigned)strtoul(p + 1, &p, 10);
    return c->total && c->lines && (*p == 0 || *p == ':');
}

static size_t summary(const struct connection *c, const char *content, char *out, size_t room) {
    return (size_t)snprintf(out, room,
                            "{\"model\":\"%s\"," CREATED ",\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},"
                            "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":4883583458,"
                            "\"load_duration\":1334875,\"prompt_eval_count\":26,\"prompt_eval_duration\":342546000,"
                            "\"eval_count\":%u,\"eval_duration\":4535599000}",
                            c->name, content, c->total);
}

static void write_lines(struct connection *c) {
    for (unsigned i = 0; i < c->lines && c->left; i++, c->left--) {
        stamp(c->token + c->stamp_at, now_ns());
        append(&c->out, c->token, c->token_size);
    }
    if (c->left) return;
    char line[512], chunk[600];
    size_t size = summary(c, "", line, sizeof line);
    append(&c->out, chunk, (size_t)snprintf(chunk, sizeof chunk, "%zx\r\n%s\n\r\n0\r\n\r\n", size + 1, line));
    end_stream(c);
}

static void start_stream(struct connection *c) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                               "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nTransfer-Encoding: chunked\r\n\r\n";
    char line[400];
    int size = snprintf(line, sizeof line,
                        "{\"model\":\"%s\"," CREATED ",\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"done\":false}",
                        c->name, MARKER_BLANK);
    c->token_size = (size_t)snprintf(c->token, sizeof c->token, "%x\r\n%s\n\r\n", size + 1, line);
    c->stamp_at = (size_t)(strstr(c->token, MARKER_BLANK) - c->token) + MARKER_SIGNS;
    append(&c->out, head, sizeof head - 1);
    c->streaming = 1;
    open_streams++;
    uint64_t started = now_ns();
    write_lines(c);
    if (c->streaming) due_add(&c->due, started + c->interval);
}

static void whole_answer(struct connection *c) {
    struct text content = {0};
    char token[] = MARKER_BLANK;
    for (unsigned i = 0; i < c->total; i++) {
        stamp(token + MARKER_SIGNS, now_ns());
        append(&content, token, sizeof token - 1);
    }
    size_t room = content.size + 600;
    char *body = need(malloc(room));
    summary(c, content.at, body, room);
    reply_json(c, "200 OK", body);
    free(content.at);
    free(body);
}

static void chat(struct connection *c, const char *body) {
    chats++;
    if (!json_text(body, "\"model\"", c->name, sizeof c->name) || !read_pace(c)) {
        char problem[NAME_MAX_LENGTH + 60];
        snprintf(problem, sizeof problem, "{\"error\":\"model '%s' not found\"}", c->name);
        reply_json(c, "404 Not Found", problem);
        return;
    }
    const char *stream = strstr(body, "\"stream\"");
    if (stream) stream += strspn(stream + 8, " :") + 8;
    if (stream && !strncmp(stream, "false", 5)) whole_answer(c);
    else start_stream(c);
}

static void route(struct connection *c, const char *head, const char *body) {
    char text[200];
    if (!strncmp(head, "POST /api/chat ", 15)) {
        chat(c, body);
    } else if (!strncmp(head, "GET /api/tags ", 14)) {
        reply_json(c, "200 OK", tags.at);
    } else if (!strncmp(head, "GET /api/ps ", 12)) {
        reply_json(c, "200 OK", "{\"models\":[]}");
    } else if (!strncmp(head, "GET /api/version ", 17)) {
        reply_json(c, "200 OK", "{\"version\":\"0.30.0\"}");
    } else if (!strncmp(head, "POST /api/show ", 15)) {
        reply_json(c, "200 OK",
                   "{\"template\":\"{{ .Prompt }}\"," DETAILS ",\"model_info\":{\"general.architecture\":\"bench\","
                   "\"bench.context_length\":131072},\"capabilities\":[\"completion\"]}");
    } else if (!strncmp(head, "GET /bench/stats ", 17)) {
        snprintf(text, sizeof text, "{\"connections\":%d,\"streams\":%d,\"chats\":%lu,\"cut_streams\":%lu}",
                 open_connections, open_streams, chats, cut_streams);
        reply_json(c, "200 OK", text);
    } else if (!strncmp(head, "GET / ", 6) || !strncmp(head, "HEAD / ", 7)) {
        reply(c, "200 OK", "text/plain; charset=utf-8", "Ollama is running", head[0] == 'H');
    } else {
        reply(c, "404 Not Found", "text/plain", "404 page not found", !strncmp(head, "HEAD", 4));
    }
}

#endif
