"""The better answers that Linux gives: pidfds in an epoll, and a process table in files."""
