/* child SOCK [MIB]: says "up PID" on a unix datagram socket; with MIB it writes so many MiB of
   lines of 100 bytes to its standard output and says "done PID"; then it waits for a signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE = 100, CHUNK = 65500 };

static void say(const char *path, const char *what) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char text[32];
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    int size = snprintf(text, sizeof text, "%s %d", what, getpid());
    strncpy(to.sun_path, path, sizeof to.sun_path - 1);
    sendto(fd, text, size, 0, (struct sockaddr *)&to, sizeof to);
    close(fd);
}

static void write_all(long left) {
    static char chunk[CHUNK];
    for (int i = 0; i < CHUNK; i++) chunk[i] = i % LINE == LINE - 1 ? '\n' : 'a' + i % 26;
    while (left > 0) {
        if (left <= CHUNK) chunk[left - 1] = '\n'; /* the last line is whole, too */
        ssize_t size = write(1, chunk, left < CHUNK ? left : CHUNK);
        if (size <= 0) break;
        left -= size;
    }
}

int main(int count, char **words) {
    if (count < 2) return 2;
    say(words[1], "up");
    if (count > 2) {
        write_all(atol(words[2]) << 20);
        say(words[1], "done");
    }
    for (;;) pause();
}
