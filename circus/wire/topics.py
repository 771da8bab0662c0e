"""Events: what the daemon announces on its PUB socket (spec §3).

An event is two frames, topic and JSON. :data:`TOPICS` has one row for each; the reference page is
made from it. Beside its own fields every payload has ``time`` (seconds since the epoch),
``watcher`` (the name as it is written, which a topic cannot show) and ``seq``, which counts all
events of a daemon: PUB drops messages in a burst, and a gap tells a subscriber to list anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from circus.wire import frames

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS = "tcp://127.0.0.1:5556"
"""Where the daemon publishes when nothing else is said (spec §5.3)."""


class Topic(NamedTuple):
    """One event.

    :param event: the last word of the topic
    :param when: when it is published, one sentence
    :param fields: what its payload holds besides ``time``, ``watcher`` and ``seq``, with meanings
    """

    event: str
    when: str
    fields: Mapping[str, str] = {}


_PID = {"process_pid": "the pid of the process"}
_HOOK = {"name": "the name of the hook"}

TOPICS: Mapping[str, Topic] = {
    topic.event: topic
    for topic in (
        Topic("add", "A watcher was added while the daemon ran."),
        Topic("remove", "A watcher was removed; it is stopped after this."),
        Topic("start", "A watcher became active."),
        Topic("stop", "A watcher was stopped; none of its processes is left."),
        Topic("spawn", "A process was started and accepted.", _PID),
        Topic(
            "reap",
            "A process ended and was collected.",
            {**_PID, "exit_code": "its exit status, or minus the signal that killed it"},
        ),
        Topic("kill", "A signal that should end it was sent to a process or its child.", _PID),
        Topic("reload", "A graceful reload of a watcher is complete."),
        Topic("updated", "An option of a watcher was set."),
        Topic("hook_success", "A hook returned, whatever it returned.", _HOOK),
        Topic(
            "hook_failure",
            "A hook raised, or did not answer in its time.",
            {
                **_HOOK,
                "error": "what it raised, as text, or how long it was waited for",
                "abandoned": "whether it did not answer and goes on by itself",
            },
        ),
    )
}


def announcement(
    watcher: str, event: str, fields: Mapping[str, Any], time: float, seq: int
) -> tuple[bytes, bytes]:
    """Make the two frames of an event.

    :param watcher: the watcher's name as it is written
    :param event: a row of :data:`TOPICS`, or an event of a library user's own
    :param fields: what this event says; more than its row names is allowed, less is not
    :param time: seconds since the epoch
    :param seq: the number of this event
    :raises KeyError: a field of the row is missing
    """
    row = TOPICS.get(event, Topic(event, ""))
    own = {name: fields[name] for name in row.fields}
    payload = {**own, "time": time, "watcher": watcher, "seq": seq, **fields}
    return topic(watcher, event), frames.encode(payload)


def topic(watcher: str, event: str) -> bytes:
    """Return ``watcher.NAME.EVENT``: the name in lower case, its spaces as underscores."""
    return f"watcher.{watcher.lower().replace(' ', '_')}.{event}".encode()


def split(topic: bytes) -> tuple[str, str]:
    """Return the watcher's name as the topic has it, and the event.

    A name may hold dots, an event does not: the topic is read from the right.

    :raises ValueError: it is no topic of ours
    """
    kind, _, rest = topic.decode().partition(".")
    name, _, event = rest.rpartition(".")
    if kind != "watcher" or not name:
        raise ValueError(f"cannot read the topic {topic!r}")
    return name, event
