from __future__ import annotations

import json

import pytest

from circus import circusctl
from circus.cli import tail
from circus.exc import CallError
from circus.wire.frames import make_message
from tests.helpers.desk import served
from tests.helpers.fleet import PAGE, FakeFleet, FakeWatcher


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


@pytest.fixture
def web(endpoint):
    """A watcher behind the endpoint, and the pages that it shows one after the other."""
    web = FakeWatcher("web", 1)
    with served(FakeFleet(web), endpoint):
        yield web


@pytest.fixture
def ctl(endpoint, capsys):
    """Run a line; return its exit code, stdout and stderr."""

    def run(*line):
        code = circusctl.main(["--endpoint", endpoint, *line])
        return (code, *capsys.readouterr())

    return run


def test_the_end_of_an_output_is_printed_as_it_was_written(web, ctl):
    web.pages = [{**PAGE, "text": "one\nPassword: "}]
    assert ctl("tail", "web") == (0, "one\nPassword: ", "")
    assert ctl("tail", "web") == (0, "", "")


def test_what_is_missing_is_said(web, ctl):
    web.pages = [{**PAGE, "skipped": 900}]
    assert ctl("tail", "web") == (0, "one\ntwo\n", "(900 bytes came too fast to be shown)\n")


def test_json_is_the_raw_answer(web, ctl):
    web.pages = [PAGE]
    code, out, err = ctl("--json", "tail", "web", "--stderr")
    assert (code, err) == (0, "")
    assert {**PAGE, "stream": "stderr"}.items() <= json.loads(out).items()


def test_an_error_ends_with_three(web, ctl):
    assert ctl("tail", "nope") == (3, "", "error: program nope not found\n")


class Enough(Exception):  # noqa: N818 - stands for Ctrl-C
    """The user has seen enough."""


def test_following_asks_for_what_came_after_the_answer_before(web, endpoint, monkeypatch):
    monkeypatch.setattr(tail, "PACE", 0.0)
    web.pages = [PAGE, {**PAGE, "next": "r.9", "more": True}, {**PAGE, "next": "r.10"}]
    seen = []

    def show(answer):
        seen.append(answer["text"])
        if len(seen) == 4:
            raise Enough
        return 0

    with pytest.raises(Enough):
        tail.run(endpoint, 5.0, make_message("tail", name="web", lines=2, follow=True), show)
    assert seen == ["one\ntwo\n"] * 3 + [""]
    positions = [since for _, _, _, _, since in web.fleet.asked]
    assert positions == ["", "r.8", "r.9", "r.10"]


def test_following_ends_with_an_error(web, endpoint):
    request = make_message("tail", name="nope", follow=True)
    assert tail.run(endpoint, 5.0, request, lambda _: 3) == 3


def test_nobody_at_the_endpoint_is_told_with_what_to_do(endpoint):
    with pytest.raises(CallError, match="circusd"):
        tail.run(endpoint, 0.05, make_message("tail", name="web"), print)
