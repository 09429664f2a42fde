/* upstream PORT [MODEL...]: an Ollama that costs next to nothing, so that only the gateway before it is measured.
 *
 * Prints the port it listens on (PORT 0 takes a free one), then serves 127.0.0.1 until it is killed:
 *   POST /api/chat     NDJSON, paced by the model's name: n<tokens>i<interval_us>[b<lines per due time>][:tag]
 *                      ("stream": false answers at once with all tokens in one object)
 *   GET /api/tags /api/ps /api/version, POST /api/show, GET and HEAD /, and GET /bench/stats
 * Every token carries the time at which it was written (wire.h). Paces of 0 us mean: as fast as the reader reads.
 */
#define _GNU_SOURCE
#include "ollama.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>

#define REQUEST_MAX (16u << 20)
#define READ_SIZE 65536
#define TURNS 256 /* due streams served before sockets are looked at again */

/* Answer every whole request that has come in; a stream puts those behind it off. -1: the reader has left. */
static int serve_requests(struct connection *c) {
    while (!c->streaming && c->in.size) {
        char *end = strstr(c->in.at, "\r\n\r\n");
        if (!end) return c->in.size > REQUEST_MAX ? -1 : 0;
        end[2] = 0;
        const char *length = header_value(c->in.at, "content-length");
        if (header_value(c->in.at, "transfer-encoding")) {
            reply_json(c, "411 Length Required", "{\"error\":\"this upstream wants a Content-Length\"}");
            flush(c);
            return -1;
        }
        size_t body = (size_t)(end + 4 - c->in.at), size = length ? strtoull(length, NULL, 10) : 0;
        if (size > REQUEST_MAX) return -1;
        if (c->in.size < body + size) {
            end[2] = '\r';
            return 0;
        }
        char following = c->in.at[body + size];
        c->in.at[body + size] = 0;
        route(c, c->in.at, c->in.at + body);
        c->in.at[body + size] = following;
        memmove(c->in.at, c->in.at + body + size, c->in.size - body - size + 1);
        c->in.size -= body + size;
        if (flush(c) < 0) return -1;
    }
    return 0;
}

static int read_more(struct connection *c) {
    static char buffer[READ_SIZE];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return -1;
    append(&c->in, buffer, (size_t)n);
    return serve_requests(c);
}

/* A slow reader has taken what was pending: an unpaced stream goes on, a finished one makes room for the next request. */
static int write_more(struct connection *c) {
    int gone = flush(c);
    if (gone <= 0) return gone;
    if (!c->streaming) return serve_requests(c);
    if (!c->due.place) due_add(&c->due, now_ns());
    return 0;
}

static int write_due(struct connection *c) {
    due_remove(&c->due);
    write_lines(c);
    int gone = flush(c);
    if (gone < 0) return -1;
    if (!c->streaming) return gone ? serve_requests(c) : 0;
    if (c->interval) due_add(&c->due, c->due.at + c->interval);
    else if (gone) due_add(&c->due, now_ns());
    return 0;
}

static void welcome(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *c = need(calloc(1, sizeof *c));
        c->fd = fd;
        open_connections++;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) die("listen");
    getsockname(fd, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void list_models(int count, char **names) {
    static const char digest[] = "bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0bec0";
    append(&tags, "{\"models\":[", 11);
    for (int i = 0; i < count; i++) {
        char model[900], name[NAME_MAX_LENGTH + 8];
        snprintf(name, sizeof name, "%.*s%s", NAME_MAX_LENGTH, names[i], strchr(names[i], ':') ? "" : ":latest");
        int n = snprintf(model, sizeof model,
                         "%s{\"name\":\"%s\",\"model\":\"%s\",\"modified_at\":\"2026-01-02T03:04:05.6789Z\","
                         "\"size\":1321098329,\"digest\":\"%s\"," DETAILS ",\"capabilities\":[\"completion\"]}",
                         i ? "," : "", name, name, digest);
        append(&tags, model, (size_t)n);
    }
    append(&tags, "]}", 2);
}

static void serve_event(const struct epoll_event *event) {
    struct connection *c = event->data.ptr;
    int gone = event->events & (EPOLLHUP | EPOLLERR) ? -1 : 0;
    if (gone >= 0 && event->events & EPOLLOUT) gone = write_more(c);
    if (gone >= 0 && event->events & EPOLLIN) gone = read_more(c);
    if (gone < 0) hang_up(c);
}

int main(int count, char **arguments) {
    static char *usual[] = {"n1i0", "n16i0", "n100i0", "n2000i0", "n8i1000", "n100i33333", "n3000i33333"};
    signal(SIGPIPE, SIG_IGN);
    if (count < 2) {
        fprintf(stderr, "usage: upstream PORT [MODEL...]\n");
        return 2;
    }
    if (count > 2) list_models(count - 2, arguments + 2);
    else list_models(sizeof usual / sizeof *usual, usual);
    int listener = listen_on(atoi(arguments[1])), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[512], event = {.events = EPOLLIN, .data.ptr = &listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = &timer;
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    for (;;) {
        int overdue = due_first() && due_first()->at <= now_ns();
        wake_at(timer, due_first() && !overdue ? due_first()->at : 0);
        int n = epoll_wait(poller, events, sizeof events / sizeof *events, overdue ? 0 : -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &listener) welcome(listener);
            else if (events[i].data.ptr != &timer) serve_event(&events[i]);
        }
        uint64_t now = now_ns();
        for (int turn = 0; turn < TURNS && due_first() && due_first()->at <= now; turn++) {
            struct connection *c = (struct connection *)due_first();
            if (write_due(c) < 0) hang_up(c);
        }
    }
}
