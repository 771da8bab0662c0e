from __future__ import annotations

import asyncio

from circus.output import news as rooms
from circus.output.backlog import Loss
from circus.output.news import News


def heard_of(act, pause=0.0):
    """Return the events that a channel tells when an async function is played with its news."""
    heard = []

    async def scene():
        news = News("web", "stdout", lambda event, fields: heard.append((event, fields)))
        news.loop = asyncio.get_running_loop()
        await act(news)
        for _ in range(3):
            await asyncio.sleep(pause)

    asyncio.run(scene())
    return heard


def test_a_fault_is_told_once_and_its_end_too(caplog, monkeypatch):
    monkeypatch.setattr(rooms, "PAUSE", 0.0)

    async def act(news):
        for _ in range(3):
            news.failed(OSError(28, "No space left on device"))
            await asyncio.sleep(0.001)
        news.works()
        await asyncio.sleep(0.001)
        news.works()

    events = heard_of(act)
    assert events == [
        ("output_failed", {"stream": "stdout", "error": "[Errno 28] No space left on device"}),
        ("output_restored", {"stream": "stdout"}),
    ]
    assert caplog.messages == [
        "cannot write stdout of 'web': [Errno 28] No space left on device",
        "stdout of 'web' is written again",
    ]


def test_what_is_lost_within_a_second_is_summed_up(monkeypatch):
    monkeypatch.setattr(rooms, "PAUSE", 0.02)

    async def act(news):
        for _ in range(5):
            news.lost(Loss(1, 10), ValueError("no"))
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)

    events = heard_of(act)
    assert [fields["lines"] for _, fields in events] in ([1, 4], [2, 3], [5])
    assert all(fields["error"] == "no" for _, fields in events)


def test_a_stream_that_was_always_written_has_nothing_to_tell():
    async def act(news):
        news.works()

    assert heard_of(act) == []


def test_a_stuck_stream_is_told_of_unless_the_fault_is_known():
    async def act(news):
        news.failed("broken")
        news.stuck()

    assert [fields["error"] for _, fields in heard_of(act)] == ["broken"]


def test_an_error_without_words_is_told_by_its_kind():
    async def act(news):
        news.failed(OSError())
        news.lost(Loss(1, 1), KeyError())

    assert [fields["error"] for _, fields in heard_of(act)] == ["OSError", "KeyError"]


def test_without_a_loop_and_after_its_end_nothing_is_said():
    news = News("web", "stdout")
    news.failed("x")
    loop = asyncio.new_event_loop()
    loop.close()
    news.loop = loop
    news.failed("y")


def test_what_is_new_can_be_said_at_once(caplog):
    news = News("web", "stderr")
    news.lost(Loss(3, 30), "the end")
    news.say()
    assert caplog.messages == ["3 lines (30 bytes) of stderr of 'web' are lost: the end"]
