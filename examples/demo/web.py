"""A web server in a few lines. It does not open its port: circusd did, and hands it over.

usage: web.py FD

FD is the number of the listening socket. Several of these share it; the kernel gives each request
to one of them. The answer names the process, so that you can see who served you.
"""

from __future__ import annotations

import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    """Answers every GET with the number of its process."""

    def do_GET(self) -> None:
        """Answer one request."""
        body = f"Hello from process {os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve on the socket of the given number until somebody stops the process."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    server = HTTPServer(listening.getsockname()[:2], Hello, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


main()
