"""The example of a container, as far as it can be run without one: as pid 1 of a namespace."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

from tests.helpers.container import AROUND, init_of, lacking
from tests.helpers.daemon import ROOT

EXAMPLE = ROOT / "examples" / "container"
if reason := lacking(*AROUND):
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture
def container(circusd, tmp_path):
    """Return a function that runs the example, with variables of its own."""

    def run(*variables):
        for name in ("app.py", "circus.ini"):
            text = (EXAMPLE / name).read_text().replace("/tmp/circus", f"{tmp_path}/circus")
            (tmp_path / name).write_text(text)
        around = ("env", *variables, *AROUND)
        return circusd((tmp_path / "circus.ini").read_text(), around=around)

    return run


def test_it_works_hears_what_it_is_sent_and_ends_with_0_when_it_is_stopped(container):
    daemon = container("QUEUE=orders")
    daemon.log.until("works on orders", "app started", "housekeeper started")
    init = init_of(daemon.process.pid)
    os.kill(init, signal.SIGUSR2)
    daemon.log.until("0 orders are done")
    os.kill(init, signal.SIGTERM)
    daemon.log.until("goes home")
    assert daemon.ended() == 0


def test_an_application_that_cannot_work_ends_the_container_with_its_code(container):
    daemon = container("-u", "QUEUE")
    daemon.log.until("there is no QUEUE to work on")
    assert daemon.ended() == 78


def test_what_the_containerfile_names_is_there():
    text = (EXAMPLE / "Containerfile").read_text()
    (copied,) = re.findall(r"^COPY (.*) /", text, re.MULTILINE)
    assert all((EXAMPLE / name).is_file() for name in copied.split())
    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)
    program, file = json.loads(entry)
    assert program == "circusd"
    assert file in copied.split()
    (health,) = re.findall(r"^HEALTHCHECK CMD (.*)$", text, re.MULTILINE)
    endpoint = json.loads(health)[2]
    assert f"endpoint = {endpoint}" in (EXAMPLE / "circus.ini").read_text()
