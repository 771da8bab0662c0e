"""Every operation of the OpenAPI document, called with what it allows and what it does not.

None may answer 500, nor that circusd cannot be reached: no input of a caller is our error.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from circus.web.openapi import document
from tests.helpers.console import CIRCUS, TOKEN, console

EXAMPLES = 6
"""Requests of each operation, of either kind."""
FEEDS = ("/api/events", "/api/watchers/{name}/output")
"""They have no end."""
WIDE = ("/api/quit", "/api/restart", "/api/stop", "/api/reload")
"""They reach the console itself."""
TEXT = """
[watcher:web]
cmd = sleep 600
graceful_timeout = 0.5
numprocesses = 2
"""
BEARER = {"Authorization": f"Bearer {TOKEN}"}
"""What comes with each request."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with console(tmp_path_factory.mktemp("operations"), TEXT, CIRCUS) as made:
        yield made


def operations():
    schema = schemathesis.openapi.from_dict(document())
    return [result.ok() for result in schema.get_all_operations()]


def tame(case):
    """Keep a request to the watcher of this test, and to a command that does no harm."""
    if "name" in (case.path_parameters or {}):
        case.path_parameters["name"] = "web"
    if isinstance(case.body, dict) and isinstance(case.body.get("cmd"), str):
        case.body["cmd"] = "sleep 60"
    if isinstance(case.body, dict) and isinstance(case.body.get("nb"), int):
        case.body["nb"] = min(case.body["nb"], 2)
    if isinstance(case.body, dict) and "name" in case.body:
        case.body["name"] = "web"


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(
    "operation",
    [one for one in operations() if one.path not in FEEDS + WIDE],
    ids=lambda one: one.label,
)
def test_no_input_is_our_error(site, operation, mode):
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        tame(case)
        reply = case.call(base_url=site.url, headers=BEARER, timeout=20)
        assert reply.status_code < 500, (case.as_curl_command(), reply.text)
        if reply.status_code >= 400:
            assert reply.json()["reason"]

    call()


@pytest.mark.parametrize("path", WIDE)
def test_what_reaches_the_console_itself_is_answered(tmp_path, path):
    with console(tmp_path, TEXT, CIRCUS) as site:
        assert site.ask("POST", path, {}).status == 200
