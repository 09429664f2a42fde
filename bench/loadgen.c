/* loadgen: a closed loop of streamed requests against 127.0.0.1, or (-k) a crowd of streams that are opened and held.
 *
 *   -p PORT  -u PATH  -b BODY  -H 'Name: value' (repeatable)
 *   -A VALUE  an Authorization header; repeat it and the connections take turns
 *   -c N      connections, one request at a time on each
 *   -r S      spread their starts over S seconds      -w S  warm up, unmeasured      -d S  measure
 *   -t US     pause between an answer and the next request on its connection
 *   -n TOKENS every answer must bring exactly so many, or it counts as "miscounted"
 *   -k        open all streams, at most 16 awaiting their first token (-w: time allowed), then hold them for -d
 *
 * Prints {"event":"begin"} and {"event":"end"} around the measured time (the reader samples CPU and memory there), then
 * one line of results: times in ms, tokens recognised and timed by the stamp that the upstream put into them.
 */
#define _GNU_SOURCE
#include "answer.h"
#include "load_options.h"
#include "load_results.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (512u << 10)
#define AWAITED_MAX 16

struct connection {
    struct due due; /* when its next request starts; queued only between requests */
    int fd, busy;
    const char *request;
    uint64_t asked_at, last_token_at;
    unsigned tokens;
    int matched; /* characters of a marker that stood at the end of the last read */
    uint64_t stamp;
    struct answer answer;
};

static uint64_t begins, ends; /* the measured time */
static uint64_t read_at;      /* when the bytes at hand were read */
static int poller, awaited;

static int measured(void) { return read_at >= begins && read_at < ends; }

static int connect_to_port(struct connection *c) {
    int on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&at, sizeof at)) {
        close(c->fd);
        c->fd = -1;
        return -1;
    }
    seen.opened++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    return epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
}

static void hang_up(struct connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

static void ask(struct connection *c) {
    size_t size = strlen(c->request);
    due_remove(&c->due);
    if (c->fd < 0 && connect_to_port(c)) {
        seen.refused++;
        due_add(&c->due, now_ns() + SECOND_NS / 100);
        return;
    }
    answer_expect(&c->answer);
    c->tokens = 0;
    c->matched = 0;
    c->busy = 1;
    awaited++;
    c->asked_at = now_ns();
    /* A server that closed an idle connection shows up as a broken answer at the next read. */
    if (send(c->fd, c->request, size, MSG_NOSIGNAL) != (ssize_t)size && errno != EPIPE && errno != ECONNRESET) die("send");
}

static void take_token(struct connection *c) {
    if (!c->tokens++) awaited--;
    if (measured()) {
        seen.tokens++;
        histogram_add(&seen.relay, (int64_t)(read_at - c->stamp));
        if (c->tokens > 1) histogram_add(&seen.gap, (int64_t)(read_at - c->last_token_at));
        else if (c->asked_at >= begins) histogram_add(&seen.first_token, (int64_t)(read_at - c->asked_at));
    }
    c->last_token_at = read_at;
}

/* Find markers wherever reads and chunks cut them: `matched` counts the characters that fitted so far. */
static void take_body(void *owner, const char *data, size_t size) {
    struct connection *c = owner;
    if (measured()) seen.bytes += size;
    for (const char *end = data + size; data < end; data++) {
        if (!c->matched && !(data = memchr(data, MARKER_SIGN, (size_t)(end - data)))) return;
        int digit = hex_value(*data);
        if (*data == MARKER_SIGN) {
            c->matched = c->matched && c->matched <= MARKER_SIGNS ? MARKER_SIGNS : 1; /* "@@@" ends in a "@@" too */
            c->stamp = 0;
            continue;
        }
        c->matched = c->matched >= MARKER_SIGNS && digit >= 0 ? c->matched + 1 : 0;
        c->stamp = c->stamp << 4 | (uint64_t)(digit & 15);
        if (c->matched == MARKER_SIGNS + MARKER_DIGITS) {
            take_token(c);
            c->matched = 0;
        }
    }
}

static void finish(struct connection *c, int whole) {
    if (!c->tokens) awaited--;
    c->busy = 0;
    if (measured() || option.hold) {
        if (!whole) seen.broken++;
        else if (c->answer.status != 200) seen.by_status[c->answer.status % 600]++;
        else if (option.tokens && c->tokens != option.tokens) seen.miscounted++;
        else {
            seen.requests++;
            histogram_add(&seen.total, (int64_t)(read_at - c->asked_at));
        }
    }
    if (!whole || c->answer.closes) hang_up(c);
    if (option.hold) return;
    if (option.pause_us > 0) due_add(&c->due, read_at + (uint64_t)(option.pause_us * 1000));
    else if (!whole || c->answer.status != 200) due_add(&c->due, read_at + SECOND_NS / 1000);
    else ask(c);
}

static void read_answer(struct connection *c) {
    static char buffer[READ_SIZE];
    ssize_t size = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    read_at = now_ns();
    if (size < 0 && errno == EAGAIN) return;
    if (!c->busy) {
        hang_up(c);
    } else if (size <= 0) {
        finish(c, size == 0 && c->answer.stage == UNTIL_CLOSE);
    } else {
        answer_feed(&c->answer, buffer, (size_t)size, take_body, c);
        if (c->answer.stage == COMPLETE || c->answer.stage == MALFORMED) finish(c, c->answer.stage == COMPLETE);
    }
}

static void say(const char *event) {
    printf("{\"event\":\"%s\"}\n", event);
    fflush(stdout);
}


/* Crowd mode: keep a few streams waiting for their first token until all have one, then measure from there. */
static int crowd_stands(struct connection *all) {
    static int started;
    while (started < option.connections && awaited < AWAITED_MAX) ask(&all[started++]);
    return started == option.connections && !awaited && !due_first();
}

static void run(struct connection *all) {
    struct epoll_event events[512], event = {.events = EPOLLIN};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), begun = 0;
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    for (uint64_t now; (now = now_ns()) < ends;) {
        if (!begun && (option.hold ? crowd_stands(all) : now >= begins)) {
            if (option.hold) ends = (begins = now) + (uint64_t)(option.seconds * 1e9);
            begun = 1;
            say("begin");
        }
        while (due_first() && due_first()->at <= now) ask((struct connection *)due_first());
        uint64_t wake = begun || option.hold ? ends : begins;
        wake_at(timer, due_first() && due_first()->at < wake ? due_first()->at : wake);
        int n = epoll_wait(poller, events, sizeof events / sizeof *events, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr) read_answer(events[i].data.ptr);
    }
    if (!begun) {
        fprintf(stderr, "loadgen: not every stream got its first token in the time allowed\n");
        exit(3);
    }
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    read_options(count, arguments);
    prepare_requests();
    struct connection *all = need(calloc((size_t)option.connections, sizeof *all));
    poller = epoll_create1(EPOLL_CLOEXEC);
    uint64_t start = now_ns();
    begins = start + (uint64_t)(option.warm * 1e9);
    ends = option.hold ? begins : begins + (uint64_t)(option.seconds * 1e9);
    for (int i = 0; i < option.connections; i++) {
        all[i].fd = -1;
        all[i].request = requests[(size_t)i % request_count];
        if (!option.hold) due_add(&all[i].due, start + (uint64_t)(option.ramp * 1e9 * i / option.connections));
    }
    run(all);
    say("end");
    print_results(option.seconds);
    return 0;
}
