from __future__ import annotations

import asyncio

from circus.exc import CallError
from circus.web import tailing
from circus.web.tailing import FIRST, STREAMS, Tailing, follow


class Asked:
    """A daemon that gives these answers, then has nothing more to say."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.questions = []

    async def ask(self, verb, patience=0.0, **properties):
        self.questions.append(properties)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(text, number, more=False, skipped=0):
    return {"status": "ok", "text": text, "next": f"n{number}", "more": more, "skipped": skipped}


async def settled(wanted):
    while not wanted():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)


def followed(monkeypatch, *answers):
    monkeypatch.setattr(tailing, "PACE", 0)
    monkeypatch.setattr(tailing, "SLOWEST", 0)

    async def run():
        asked, said = Asked(*answers), []
        task = asyncio.create_task(follow(asked, "web", "stdout", said.append))
        await settled(lambda: task.done() or len(asked.questions) > len(answers))
        task.cancel()
        return asked.questions, said

    return asyncio.run(run())


def test_it_begins_with_the_past_and_goes_on_from_there(monkeypatch):
    questions, said = followed(monkeypatch, page("a\n", 1), page("", 2), page("b\n", 3, more=True))
    assert [one["text"] for one in said] == ["a\n", "b\n"]
    assert [one.get("since") for one in questions] == [None, "n1", "n2", "n3"]
    assert {one["lines"] for one in questions} == {FIRST}


def test_what_came_too_fast_is_counted(monkeypatch):
    _, said = followed(monkeypatch, page("a\n", 1, skipped=7))
    assert said[0] == {"type": "missed", "count": 7, "unit": "bytes", "name": "web"}


def test_an_output_that_nobody_knows_is_told_once(monkeypatch):
    _, said = followed(monkeypatch, {"status": "error", "reason": "no stream"})
    (only,) = said
    assert (only["text"], only["reason"]) == ("", "no stream")


def test_a_daemon_that_comes_back_is_asked_anew(monkeypatch):
    questions, said = followed(monkeypatch, page("a\n", 1), CallError("gone"), page("b\n", 1))
    assert [one["text"] for one in said] == ["a\n", "b\n"]
    assert [one.get("since") for one in questions] == [None, "n1", None, "n1"]


def test_both_outputs_are_followed_until_it_ends():
    async def run():
        asked = Asked()
        both = Tailing(asked, lambda _: None)
        both.begin("web")
        both.begin("web")
        await settled(lambda: len(asked.questions) == len(STREAMS))
        both.end()
        assert both._tasks == []

    asyncio.run(run())
