"""Ask a daemon through the clients of whichever Circus this Python has.

``driver.py ENDPOINT`` reads requests, a list of verbs with their properties, from stdin, and prints
the answers: those of ``CircusClient`` and those of ``AsyncCircusClient``.
"""

from __future__ import annotations

import json
import sys

from tornado.ioloop import IOLoop

from circus.client import AsyncCircusClient, CircusClient, cast_message, make_message


def plainly(endpoint, requests):
    client = CircusClient(endpoint=endpoint, timeout=20)
    client.call(make_message(requests[0][0], **requests[0][1]))
    client.socket.send_json(cast_message("nope"))
    answers = [client.send_message(verb, **properties) for verb, properties in requests]
    client.stop()
    return answers


async def at_once(endpoint, requests):
    client = AsyncCircusClient(endpoint=endpoint, timeout=20)
    answers = [await client.send_message(verb, **properties) for verb, properties in requests]
    client.stop()
    return answers


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    found = {
        "CircusClient": plainly(sys.argv[1], asked),
        "AsyncCircusClient": IOLoop.current().run_sync(lambda: at_once(sys.argv[1], asked)),
    }
    json.dump(found, sys.stdout)
