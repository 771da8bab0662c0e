"""The file is changed and read again: each watcher gets the mildest act that does."""

from __future__ import annotations

from tests.helpers.daemon import rewrite

TWO = """
[watcher:web]
cmd = sleep 600
numprocesses = 2
graceful_timeout = 5

[watcher:other]
cmd = sleep 600
"""


def plan(daemon):
    """Return what would be done, by watcher."""
    planned = daemon.call("reloadconfig", plan=True)["plan"]
    return {one["name"]: (one["act"], one["why"]) for one in planned["watchers"]}


def begun(circusd, text=TWO, **more):
    daemon = circusd(text, **more)
    daemon.log.until("web started", "other started")
    return daemon


def test_an_unchanged_file_changes_nothing(circusd):
    daemon = begun(circusd)
    before = daemon.pids("web"), daemon.pids("other")
    assert plan(daemon) == {"web": ("keep", []), "other": ("keep", [])}
    assert daemon.call("reloadconfig", waiting=True)["status"] == "ok"
    assert (daemon.pids("web"), daemon.pids("other")) == before


def test_a_plan_does_nothing(circusd):
    daemon = begun(circusd)
    rewrite(daemon, ("numprocesses = 2", "numprocesses = 3"))
    assert plan(daemon)["web"] == ("rescale", ["numprocesses"])
    assert len(daemon.pids("web")) == 2
    out = daemon.ctl("reloadconfig", "--plan")
    assert out.splitlines() == ["other: keep", "web: rescale (numprocesses)"]


def test_a_new_count_keeps_the_processes(circusd):
    daemon = begun(circusd)
    before = set(daemon.pids("web"))
    rewrite(daemon, ("numprocesses = 2", "numprocesses = 3"))
    assert daemon.ctl("reloadconfig", "--waiting") == "ok"
    assert before < set(daemon.pids("web"))


def test_a_policy_is_applied_without_a_restart(circusd):
    daemon = begun(circusd)
    before = daemon.pids("web")
    rewrite(daemon, ("graceful_timeout = 5", "graceful_timeout = 7"))
    assert plan(daemon)["web"] == ("apply live", ["graceful_timeout"])
    daemon.call("reloadconfig", waiting=True)
    assert daemon.pids("web") == before
    got = daemon.call("get", name="web", keys=["graceful_timeout"])
    assert got["options"] == {"graceful_timeout": 7.0}


def test_another_command_is_a_graceful_reload_of_that_watcher_alone(circusd):
    daemon = begun(circusd)
    web, other = set(daemon.pids("web")), daemon.pids("other")
    events = daemon.events()
    rewrite(daemon, ("cmd = sleep 600\nnumprocesses", "cmd = sleep 601\nnumprocesses"))
    assert plan(daemon)["web"] == ("reload", ["cmd"])
    daemon.call("reloadconfig", waiting=True)
    heard = [event.name for event in events.until("web", "reap", 2)]
    assert heard.index("kill") > heard.index("spawn")
    assert not web & set(daemon.pids("web"))
    assert daemon.pids("other") == other


def test_another_environment_reaches_the_new_processes(circusd, tmp_path):
    show = "sh -c 'echo $WHO >> said; exec sleep 600'"
    text = f"[env]\nWHO = ann\n\n[watcher:web]\ncmd = {show}\n\n[watcher:other]\ncmd = sleep 600\n"
    daemon = begun(circusd, text)
    rewrite(daemon, ("WHO = ann", "WHO = bob"))
    assert plan(daemon)["web"] == ("reload", ["env"])
    daemon.call("reloadconfig", waiting=True)
    daemon.call("stop", name="web", waiting=True)
    assert (tmp_path / "said").read_text().split() == ["ann", "bob"]


def test_what_cannot_be_changed_in_place_is_built_anew(circusd):
    daemon = begun(circusd)
    rewrite(daemon, ("numprocesses = 2", "numprocesses = 2\non_demand = True"))
    assert plan(daemon)["web"] == ("rebuild", ["on_demand"])
    daemon.call("reloadconfig", waiting=True)
    assert daemon.call("status", name="web")["status"] == "stopped"
    assert daemon.call("numprocesses", name="web")["numprocesses"] == 0


def test_watchers_come_and_go_and_those_of_run_time_stay(circusd):
    daemon = begun(circusd)
    daemon.call("add", name="guest", cmd="sleep 600", start=True, waiting=True)
    rewrite(daemon, ("[watcher:other]", "[watcher:third]"))
    assert plan(daemon) == {"web": ("keep", []), "other": ("remove", []), "third": ("add", [])}
    daemon.call("reloadconfig", waiting=True)
    statuses = daemon.call("status")["statuses"]
    assert statuses == {"web": "active", "third": "active", "guest": "active"}


def test_a_watcher_that_the_operator_stopped_stays_down(circusd):
    daemon = begun(circusd)
    daemon.call("stop", name="web", waiting=True)
    rewrite(daemon, ("cmd = sleep 600\nnumprocesses", "cmd = sleep 601\nnumprocesses"))
    daemon.call("reloadconfig", waiting=True)
    assert daemon.call("status", name="web")["status"] == "stopped"


def test_a_bad_file_answers_with_all_findings_and_changes_nothing(circusd):
    daemon = begun(circusd)
    before = daemon.pids("web")
    rewrite(
        daemon,
        ("numprocesses = 2", "numprocesses = two"),
        ("graceful_timeout = 5", "graceful_timeout = soon"),
    )
    for words in (["reloadconfig"], ["reloadconfig", "--waiting"], ["reloadconfig", "--plan"]):
        code, _, err = daemon.try_ctl(*words)
        assert code == 3
        assert "numprocesses: found 'two'" in err
        assert "graceful_timeout: found 'soon'" in err
    assert daemon.pids("web") == before


def test_a_hook_that_cannot_be_imported_changes_nothing(circusd, tmp_path):
    (tmp_path / "broken.py").write_text(
        "def hook(**_):\n    return True\n\nraise ImportError('no')\n"
    )
    daemon = begun(circusd)
    before = daemon.pids("web"), daemon.pids("other")
    rewrite(
        daemon,
        ("numprocesses = 2", "numprocesses = 2\nhooks.before_start = broken.hook"),
        ("[watcher:other]", "[watcher:third]"),
    )
    answer = daemon.call("reloadconfig", waiting=True)
    assert answer["reason"] == "[watcher:web] cannot find the hook 'broken.hook': no"
    assert (daemon.pids("web"), daemon.pids("other")) == before


def test_options_of_the_daemon_that_need_a_restart_are_named(circusd):
    daemon = begun(circusd, circus="check_delay = 3")
    rewrite(daemon, ("check_delay = 3", "check_delay = 4\nwarmup_delay = 1"))
    for _ in range(2):
        assert daemon.call("reloadconfig", waiting=True)["needs_restart"] == ["check_delay"]
    daemon.log.until("[WARNING] circusd has to be restarted for: check_delay")
    plan = ["other: keep", "web: keep", "circusd has to be restarted for: check_delay"]
    assert daemon.ctl("reloadconfig", "--plan").splitlines() == plan
