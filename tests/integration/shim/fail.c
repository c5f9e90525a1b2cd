/* Makes chosen calls of the C library fail, by LD_PRELOAD.
 *
 *   WEIR_SHIM="accept4:ECONNABORTED:3,connect:ENOBUFS:@2"
 *
 * fails the first 3 calls of accept4 and the 2nd call (only) of connect; "*" instead of the number
 * fails every call. Several rules for one function are asked in order.
 *
 * WEIR_SHIM_CONTROL names a file of at least CONTROL_BYTES that is shared with the test: while its
 * first word is 0 calls go through uncounted, so that a test can let the program start in peace.
 * After that word the file holds a record per function: its name, calls seen, calls failed. A run
 * without any rule therefore counts every fallible call: what a torture run needs first.
 *
 * To make another function fallible, add a line to FUNCTIONS.
 */
#define _GNU_SOURCE
#define _FORTIFY_SOURCE 0
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

/* FUNCTION(result, name, parameters, arguments) */
#define FUNCTIONS                                                                               \
  FUNCTION(int, accept, (int a, struct sockaddr* b, socklen_t* c), (a, b, c))                   \
  FUNCTION(int, accept4, (int a, struct sockaddr* b, socklen_t* c, int d), (a, b, c, d))        \
  FUNCTION(int, bind, (int a, const struct sockaddr* b, socklen_t c), (a, b, c))                \
  FUNCTION(int, connect, (int a, const struct sockaddr* b, socklen_t c), (a, b, c))             \
  FUNCTION(int, epoll_create1, (int a), (a))                                                    \
  FUNCTION(int, eventfd, (unsigned a, int b), (a, b))                                           \
  FUNCTION(int, getsockopt, (int a, int b, int c, void* d, socklen_t* e), (a, b, c, d, e))      \
  FUNCTION(int, listen, (int a, int b), (a, b))                                                 \
  FUNCTION(int, pipe2, (int a[2], int b), (a, b))                                               \
  FUNCTION(ssize_t, readv, (int a, const struct iovec* b, int c), (a, b, c))                    \
  FUNCTION(ssize_t, recv, (int a, void* b, size_t c, int d), (a, b, c, d))                      \
  FUNCTION(ssize_t, recvmsg, (int a, struct msghdr* b, int c), (a, b, c))                       \
  FUNCTION(ssize_t, send, (int a, const void* b, size_t c, int d), (a, b, c, d))                \
  FUNCTION(ssize_t, sendmsg, (int a, const struct msghdr* b, int c), (a, b, c))                 \
  FUNCTION(int, setsockopt, (int a, int b, int c, const void* d, socklen_t e), (a, b, c, d, e)) \
  FUNCTION(int, shutdown, (int a, int b), (a, b))                                               \
  FUNCTION(int, socket, (int a, int b, int c), (a, b, c))                                       \
  FUNCTION(ssize_t, splice, (int a, off64_t* b, int c, off64_t* d, size_t e, unsigned f),       \
           (a, b, c, d, e, f))                                                                  \
  FUNCTION(int, timerfd_create, (int a, int b), (a, b))                                         \
  FUNCTION(ssize_t, writev, (int a, const struct iovec* b, int c), (a, b, c))

/* Those that get a body of their own below. */
#define OTHER_FUNCTIONS FUNCTION(int, epoll_ctl, , )

enum {
#define FUNCTION(result, name, parameters, arguments) index_of_##name,
  FUNCTIONS OTHER_FUNCTIONS
#undef FUNCTION
      function_count
};

static const char* const function_names[function_count] = {
#define FUNCTION(result, name, parameters, arguments) #name,
    FUNCTIONS OTHER_FUNCTIONS
#undef FUNCTION
};

static const struct {
  const char* name;
  int number;
} error_names[] = {
#define ERROR(name) {#name, name},
    ERROR(EACCES) ERROR(EADDRINUSE) ERROR(EADDRNOTAVAIL) ERROR(EAGAIN) ERROR(EBADF)
        ERROR(ECONNABORTED) ERROR(ECONNREFUSED) ERROR(ECONNRESET) ERROR(EHOSTDOWN)
            ERROR(EHOSTUNREACH) ERROR(EINTR) ERROR(EINVAL) ERROR(EIO) ERROR(EMFILE) ERROR(ENETDOWN)
                ERROR(ENETUNREACH) ERROR(ENFILE) ERROR(ENOBUFS) ERROR(ENOMEM) ERROR(ENONET)
                    ERROR(ENOPROTOOPT) ERROR(ENOSPC) ERROR(ENOTCONN) ERROR(EOPNOTSUPP) ERROR(EPERM)
                        ERROR(EPIPE) ERROR(EPROTO) ERROR(ETIMEDOUT)
#undef ERROR
};

enum { rule_limit = 64, name_bytes = 24 };

struct rule {
  int function;
  int error;
  uint64_t first, last; /* fails calls first..last, counted from 1 */
};

struct record {
  char name[name_bytes];
  _Atomic uint64_t calls, failed;
};

struct control {
  _Atomic uint64_t armed;
  struct record records[function_count];
};

static struct rule rules[rule_limit];
static int rule_count;
static struct control own_control = {.armed = 1};
static struct control* control = &own_control;

static void complain(const char* what) {
  fprintf(stderr, "shim: %s\n", what);
  _exit(99);
}

static int function_index(const char* name) {
  for (int i = 0; i < function_count; ++i)
    if (strcmp(function_names[i], name) == 0) return i;
  complain("unknown function in WEIR_SHIM");
  return -1;
}

static int error_number(const char* name) {
  for (size_t i = 0; i < sizeof error_names / sizeof *error_names; ++i)
    if (strcmp(error_names[i].name, name) == 0) return error_names[i].number;
  complain("unknown error in WEIR_SHIM");
  return -1;
}

static void add_rule(char* text) {
  char* rest = text;
  const char* function = strsep(&rest, ":");
  const char* error = strsep(&rest, ":");
  if (error == NULL || rest == NULL || rule_count == rule_limit) complain("bad rule in WEIR_SHIM");
  struct rule* rule = &rules[rule_count++];
  rule->function = function_index(function);
  rule->error = error_number(error);
  if (*rest == '*') {
    rule->first = 1;
    rule->last = UINT64_MAX;
  } else if (*rest == '@') {
    rule->first = rule->last = strtoull(rest + 1, NULL, 10);
  } else {
    rule->first = 1;
    rule->last = strtoull(rest, NULL, 10);
  }
}

static void map_control(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) complain("WEIR_SHIM_CONTROL cannot be opened");
  void* mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) complain("WEIR_SHIM_CONTROL cannot be mapped");
  close(fd);
  control = mapped;
}

__attribute__((constructor)) static void read_environment(void) {
  const char* path = getenv("WEIR_SHIM_CONTROL");
  if (path != NULL) map_control(path);
  for (int i = 0; i < function_count; ++i)
    strncpy(control->records[i].name, function_names[i], name_bytes - 1);
  const char* text = getenv("WEIR_SHIM");
  if (text == NULL) return;
  char* copy = strdup(text);
  for (char *rest = copy, *rule; (rule = strsep(&rest, ",")) != NULL;)
    if (*rule != '\0') add_rule(rule);
  free(copy);
}

/* The error that this call must fail with, or 0. */
static int verdict(int function) {
  if (atomic_load_explicit(&control->armed, memory_order_acquire) == 0) return 0;
  struct record* record = &control->records[function];
  const uint64_t call = atomic_fetch_add(&record->calls, 1) + 1;
  for (int i = 0; i < rule_count; ++i) {
    if (rules[i].function != function || call < rules[i].first || call > rules[i].last) continue;
    atomic_fetch_add(&record->failed, 1);
    return rules[i].error;
  }
  return 0;
}

#define FUNCTION(result, name, parameters, arguments)                \
  result name parameters {                                           \
    static _Atomic(void*) found;                                     \
    void* real = atomic_load_explicit(&found, memory_order_acquire); \
    if (real == NULL) {                                              \
      real = dlsym(RTLD_NEXT, #name);                                \
      atomic_store_explicit(&found, real, memory_order_release);     \
    }                                                                \
    const int error = verdict(index_of_##name);                      \
    if (error != 0) {                                                \
      errno = error;                                                 \
      return -1;                                                     \
    }                                                                \
    return ((result(*) parameters)real)arguments;                    \
  }
FUNCTIONS
#undef FUNCTION

/* Only ADD may fail: the kernel allocates for nothing else (fs/eventpoll.c, ep_insert against
 * ep_modify), and Asio does not look at the result of its MODs. */
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) {
  static int (*real)(int, int, int, struct epoll_event*);
  if (real == NULL)
    real = (int (*)(int, int, int, struct epoll_event*))dlsym(RTLD_NEXT, "epoll_ctl");
  const int error = operation == EPOLL_CTL_ADD ? verdict(index_of_epoll_ctl) : 0;
  if (error != 0) {
    errno = error;
    return -1;
  }
  return real(epoll, operation, fd, event);
}

/* What recv() becomes in a program built with _FORTIFY_SOURCE. */
ssize_t __recv_chk(int fd, void* data, size_t size, size_t room, int flags) {
  if (size > room) abort();
  return recv(fd, data, size, flags);
}

/* What weir calls past glibc's cancellation points (base/uncancelled.h) fails like the rest. */
long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (real == NULL) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  long word[6];
  va_list words;
  va_start(words, number);
  for (int i = 0; i < 6; ++i) word[i] = va_arg(words, long);
  va_end(words);
  const int fd = (int)word[0];
  switch (number) {
    case SYS_recvfrom: return recv(fd, (void*)word[1], (size_t)word[2], (int)word[3]);
    case SYS_sendto: return send(fd, (const void*)word[1], (size_t)word[2], (int)word[3]);
    case SYS_accept4: return accept4(fd, (void*)word[1], (void*)word[2], (int)word[3]);
    case SYS_connect: return connect(fd, (const void*)word[1], (socklen_t)word[2]);
    default: return real(number, word[0], word[1], word[2], word[3], word[4], word[5]);
  }
}
