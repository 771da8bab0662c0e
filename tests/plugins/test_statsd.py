from __future__ import annotations

import pytest

from circus.plugins._statsd import StatsdEmitter as OldPlace
from circus.plugins.statsd import BaseObserver, FullStats, StatsdClient, StatsdEmitter, figures
from tests.helpers.plugs import alone


def info(cpu=0.0, mem=0.5, rss="1.50K"):
    return {"cpu": cpu, "mem": mem, "mem_info1": rss}


@pytest.mark.parametrize(("rate", "tail"), [(1.0, ""), (0.5, "|@0.5")], ids=["unmarked", "marked"])
def test_every_metric_is_sent_and_marked_with_its_rate(metrics, rate, tail):
    client = StatsdClient("127.0.0.1", metrics.port, "circus.app", rate)
    for _ in range(20):
        client.increment("a.b")
    client.decrement("a.b", 2)
    client.gauge("c", 1.5)
    client.timed("d", 12)
    metrics.until(r"circus\.app\.d:.*")
    assert metrics.so_far() == [
        *[f"circus.app.a.b:1|c{tail}"] * 20,
        f"circus.app.a.b:-2|c{tail}",
        f"circus.app.c:1.5|g{tail}",
        f"circus.app.d:12.000000|ms{tail}",
    ]
    client.stop()
    client.increment("after the end")


def test_a_name_cannot_break_a_metric(metrics):
    client = StatsdClient("127.0.0.1", metrics.port)
    client.increment("plugin:flapping.a|b#c@d e\nf.é")
    assert metrics.until("(.*)[|]c")[1] == "plugin_flapping.a_b_c_d_e_f._:1"
    client.stop()


def test_each_event_is_counted(metrics):
    with alone(StatsdEmitter, host="127.0.0.1", port=str(metrics.port)) as plugin:
        plugin.handle_recv([b"watcher.web.spawn", b"{}"])
        plugin.handle_recv([b"watcher.a.b.reap", b"{}"])
    metrics.until(r"circus\.app\.watcher\.a\.b\.reap:1\|c")
    assert metrics.so_far()[0] == "circus.app.watcher.web.spawn:1|c"


def test_the_old_place_has_the_same_class():
    assert OldPlace is StatsdEmitter


def test_a_watcher_is_told_by_its_number_the_most_and_the_sum():
    infos = [info(10.0, 1.0, "1K"), info("N/A", "N/A", "N/A"), info(30.0, 0.5, "3K"), "gone"]
    assert list(figures(infos)) == [
        ("watchers_num", 3),
        ("cpu_max", 30.0),
        ("cpu_sum", 40.0),
        ("mem_pct_max", 1.0),
        ("mem_pct_sum", 1.5),
        ("mem_max", 3072),
        ("mem_sum", 4096),
    ]
    assert list(figures(["gone"])) == [("watchers_num", 0)]


def test_full_stats_leaves_plugins_out(metrics):
    infos = {"web": {"1": info()}, "plugin:x": {"2": info()}}
    answers = {"stats": {"status": "ok", "infos": infos}}
    with alone(FullStats, answers, host="127.0.0.1", port=metrics.port) as plugin:
        plugin.look_after()
        plugin.handle_recv([b"watcher.web.spawn", b"{}"])
    metrics.until(r".*mem_sum.*")
    begin = "circus.app.watcher._stats.web."
    assert metrics.so_far() == [
        f"{begin}watchers_num:1|g",
        f"{begin}cpu_max:0.0|g",
        f"{begin}cpu_sum:0.0|g",
        f"{begin}mem_pct_max:0.5|g",
        f"{begin}mem_pct_sum:0.5|g",
        f"{begin}mem_max:1536|g",
        f"{begin}mem_sum:1536|g",
    ]


def test_full_stats_counts_the_errors_of_the_daemon(metrics):
    answers = {"stats": {"status": "error", "reason": "no"}}
    with alone(FullStats, answers, host="127.0.0.1", port=metrics.port) as plugin:
        plugin.look_after()
    metrics.until(r"circus\.app\.watcher\._stats\.error:1\|c")


def test_an_observer_of_somebody_else_has_a_name_and_a_rate_of_its_own():
    class Theirs(BaseObserver):
        default_app_name = "theirs"

    with alone(Theirs, loop_rate="3") as plugin:
        assert (plugin.app, plugin.loop_rate) == ("theirs", 3.0)
        assert plugin.prefix == "circus.theirs.watcher"
        with pytest.raises(NotImplementedError, match="Theirs does not say what it looks at"):
            plugin.look_after()
    with alone(Theirs, application_name="ours") as plugin:
        assert plugin.app == "ours"


def test_a_daemon_with_both_sends_well_formed_metrics(circusd, metrics):
    place = f"host = 127.0.0.1\nport = {metrics.port}\n"
    daemon = circusd(
        "[watcher:web]\ncmd = sleep 600\nnumprocesses = 2\n"
        f"[plugin:events]\nuse = circus.plugins.statsd.StatsdEmitter\n{place}sample_rate = 0.5\n"
        f"[plugin:full]\nuse = circus.plugins.statsd.FullStats\n{place}loop_rate = 0.05\n"
    )
    metrics.until(r"circus\.app\.watcher\._stats\.web\.watchers_num:2\|g")
    metrics.until(r"circus\.app\.watcher\._stats\.web\.mem_sum:[1-9]\d*\|g")
    metrics.until(
        r"circus\.app\.watcher\.web\.updated:1\|c\|@0\.5",
        ring=lambda: daemon.call("set", name="web", options={"warmup_delay": 0}),
    )
