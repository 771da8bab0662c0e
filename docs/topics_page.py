"""The page of events, from circus.wire.topics."""

from __future__ import annotations

from circus.wire.topics import EVENTS, TOPICS
from docs import rst


def page() -> str:
    """Return the page."""
    lines = [
        (
            rst.code(topic.event),
            topic.when,
            "\n".join(f"| {rst.code(name)}: {about}" for name, about in topic.fields.items()),
        )
        for topic in TOPICS.values()
    ]
    return "\n".join(
        [
            rst.heading("Events"),
            "circusd announces what happens on a ZMQ PUB socket, ``pubsub_endpoint``",
            f"(``{EVENTS}`` unless the configuration says otherwise). An event has two frames: the",
            "topic ``watcher.NAME.EVENT`` and a JSON object. In the topic the name is in lower",
            "case with its spaces as underscores. A name may hold dots and an event never does, so",
            "read a topic from its right end.\n",
            "Beside the fields below every object holds ``time`` (seconds since 1970), ``watcher``",
            "(the name as it is written) and ``seq``, which counts all events of the daemon: a gap",
            "says that some were lost, as happens to a subscriber that is too slow.\n",
            rst.table(("event", "when", "fields"), lines),
        ]
    )
