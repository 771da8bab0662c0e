"""A scrape, read by Prometheus's own parser."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from circus.web import metrics
from tests.helpers.daemon import kill


def scraped(site, **headers):
    reply = site.ask("GET", "/metrics", **headers)
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    return {one.name: one for one in text_string_to_metric_families(reply.text)}


def value(families, name, **labels):
    (found,) = [one.value for one in families[name].samples if labels.items() <= one.labels.items()]
    return found


def test_a_scrape_tells_the_daemon_and_every_watcher(site):
    found = scraped(site)
    assert value(found, "circus_up") == 1
    assert value(found, "circus_info")
    assert value(found, "circus_watchers") == 3
    for name in ("circus_memory_bytes", "circus_open_fds", "circus_start_time_seconds"):
        assert value(found, name) > 0
    web = {"watcher": "web"}
    assert value(found, "circus_watcher_processes", **web) == 2
    assert value(found, "circus_watcher_processes_wanted", **web) == 2
    assert value(found, "circus_watcher_status", status="active", **web) == 1
    assert value(found, "circus_watcher_status", status="stopped", **web) == 0
    assert value(found, "circus_watcher_memory_bytes", **web) > 0
    assert value(found, "circus_watcher_open_fds", **web) >= 6
    assert value(found, "circus_watcher_oldest_process_age_seconds", **web) >= 0
    assert value(found, "circus_watcher_restarts", **web) == 0
    assert value(found, "circus_watcher_processes", watcher="Idle One") == 0


def test_a_scrape_tells_how_long_things_took(site):
    found = scraped(site)
    counts = [one for one in found["circus_command_seconds"].samples if one.name.endswith("_count")]
    assert {"status", "numwatchers"} <= {one.labels["command"] for one in counts}
    for name in ("circus_loop_lag_seconds", "circus_console_loop_lag_seconds"):
        samples = {one.name: one.value for one in found[name].samples if "le" not in one.labels}
        assert samples[f"{name}_count"] >= 0
        last = [one.value for one in found[name].samples if one.labels.get("le") == "+Inf"]
        assert last == [samples[f"{name}_count"]]


def test_it_speaks_openmetrics_as_well(site):
    reply = site.ask("GET", "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    assert any(one.name == "circus_up" for one in read_openmetrics(reply.text))


def test_a_death_is_counted_and_its_end_told(console):
    site = console()

    async def scene():
        page = await site.page()
        await page.until("fleet")
        kill(site.daemon.pids("web")[:1])
        await page.until("watchers", lambda one: any(each["restarts"] for each in one["watchers"]))

    site.play(scene)
    found = scraped(site)
    assert value(found, "circus_watcher_restarts", watcher="web") == 1
    assert value(found, "circus_watcher_last_exit_code", watcher="web") == -9
    assert value(found, "circus_watcher_last_exit_age_seconds", watcher="web") >= 0


def test_without_the_library_it_says_how_to_have_it():
    assert metrics.INSTALLED
    assert "circus[web]" in metrics.MISSING


@pytest.mark.parametrize("path", ["/metrics", "/healthz"])
def test_a_program_comes_in_with_the_token(site, path):
    assert site.ask("GET", path).status == 200
    assert site.ask("GET", path, token=None).status == 401
