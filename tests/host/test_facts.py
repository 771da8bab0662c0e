import os
import signal
import subprocess
import threading

import psutil
import pytest

from circus.host import facts
from circus.host.facts import STOPPED, UNKNOWN, Observer
from tests.helpers.launching import Host, shell

FIELDS = {
    "pid", "username", "nice", "cmdline", "mem_info1", "mem_info2", "mem", "cpu", "ctime",
    "create_time", "age", "children",
}  # fmt: skip


@pytest.fixture
def family():
    """A shell with two children and a grandchild; its pid, theirs, and the Host."""
    host = Host("baseline")
    listen, tell = os.pipe()
    inner = "sleep 600 >&- & echo grandchild $!; exec >&-; wait"
    text = f"sleep 600 >&- & echo child $!; sh -c '{inner}' & echo child $!; exec >&-; wait"
    pid = host.spawn(shell(text, stdout=tell))
    os.close(tell)
    with os.fdopen(listen) as stream:
        said = [line.split() for line in stream]
    children = sorted(int(number) for kind, number in said if kind == "child")
    grandchildren = [int(number) for kind, number in said if kind == "grandchild"]
    yield pid, children, grandchildren, host
    host.close()


def test_children_and_descendants_are_found(family):
    pid, children, grandchildren, _ = family
    assert sorted(facts.children(pid)) == children
    assert sorted(facts.children(pid, recursive=True)) == sorted(children + grandchildren)
    assert facts.children(grandchildren[0]) == []


def test_one_pass_answers_for_many(family):
    pid, children, grandchildren, _ = family
    table = facts.families()
    assert sorted(facts.children(pid, table=table)) == children
    assert pid in facts.children(os.getpid(), table=table)
    assert facts.children(grandchildren[0], recursive=True, table=table) == []


def test_without_proc_the_answers_are_the_same(family, monkeypatch):
    pid, children, _, host = family
    monkeypatch.setattr(facts, "HAS_TABLE", False)
    assert sorted(facts.children(pid)) == children
    assert facts.alive(pid)
    os.kill(pid, signal.SIGKILL)
    host.until_ended(pid)
    assert not facts.alive(pid)
    host.children.reap(pid)
    assert not facts.alive(pid)


def test_all_facts_are_told_of_a_process_and_its_descendants(family):
    pid, children, grandchildren, _ = family
    info = Observer().info(pid)
    assert info.keys() == FIELDS
    assert info["pid"] == pid
    assert info["cmdline"] == "sh"
    assert info["username"] == psutil.Process().username()
    assert info["cpu"] == 0.0
    assert 0 <= info["age"] < 60
    assert info["mem_info1"][-1] in "BKM"
    assert sorted(child["pid"] for child in info["children"]) == children
    below = [one for child in info["children"] for one in child["children"]]
    assert [one["pid"] for one in below] == grandchildren
    assert all(one.keys() == FIELDS for one in (*info["children"], *below))


def test_a_chain_of_processes_is_told_of_to_a_depth(family, monkeypatch):
    pid, _, _, _ = family
    monkeypatch.setattr(facts, "GENERATIONS", 1)
    info = Observer().info(pid)
    assert [child["children"] for child in info["children"]] == [[], []]


def test_few_processes_are_asked_without_a_pass_over_the_table(family, monkeypatch):
    pid, children, _, _ = family
    monkeypatch.delattr(facts, "families")
    info = Observer().infos([pid])[pid]
    assert sorted(child["pid"] for child in info["children"]) == sorted(children)


def test_many_processes_are_described_in_one_pass(family, monkeypatch):
    pid, _, _, _ = family
    passes = []
    real = facts.families
    monkeypatch.setattr(facts, "FEW", 1)
    monkeypatch.setattr(facts, "families", lambda: passes.append(1) or real())
    infos = Observer().infos([pid, os.getpid()])
    assert [infos[pid]["pid"], infos[os.getpid()]["pid"]] == [pid, os.getpid()]
    assert len(passes) == 1


def test_a_process_that_is_gone_or_a_zombie_has_stopped(family):
    pid, _, _, host = family
    observer = Observer()
    assert observer.info(pid) != STOPPED
    os.kill(pid, signal.SIGKILL)
    host.until_ended(pid)
    assert observer.info(pid) == STOPPED
    host.children.reap(pid)
    assert observer.info(pid) == STOPPED


def test_the_cpu_share_is_that_since_the_last_look():
    observer = Observer()
    assert observer.info(os.getpid())["cpu"] == 0.0
    spent = os.times().user
    while os.times().user < spent + 0.05:
        pass
    assert observer.info(os.getpid())["cpu"] > 0


def test_processes_that_are_gone_are_forgotten(family):
    pid, _, _, host = family
    observer = Observer()
    observer.info(pid)
    assert pid in observer._known
    os.killpg(pid, signal.SIGKILL)
    host.until_ended(pid)
    host.children.reap(pid)
    observer.info(os.getpid())
    assert pid not in observer._known


def test_what_may_not_be_known_is_not_available(monkeypatch):
    def forbidden(*_):
        raise psutil.AccessDenied

    hidden = ("username", "nice", "cmdline", "memory_percent", "create_time")
    for name in hidden:
        monkeypatch.setattr(psutil.Process, name, forbidden)
    info = Observer().own()
    shown = ("username", "nice", "cmdline", "mem", "create_time", "age")
    assert {info[name] for name in shown} == {UNKNOWN}
    assert info["mem_info1"] != UNKNOWN


def test_our_own_facts_are_sampled():
    info = Observer().own()
    assert info["pid"] == os.getpid()
    assert info["children"] == []


def test_an_observer_can_be_asked_from_any_thread():
    observer = Observer()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(observer.info(os.getpid()))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [info["pid"] for info in found] == [os.getpid()] * 4


def test_where_nobody_is_listed_only_one_that_is_asked_about_is_known(monkeypatch):
    monkeypatch.setattr(facts, "HAS_TABLE", False)
    monkeypatch.setattr(facts, "CAN_LIST", False)
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert facts.alive(os.getpid())
    assert not facts.alive(gone.pid)
    assert facts.pids() == []
    assert facts.families() == {}
