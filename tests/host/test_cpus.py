"""Quotas are read from files as the kernel writes them, laid out in a folder of the test's own."""

from __future__ import annotations

import math
import os

import pytest

from circus.host import cpus

V2 = "31 23 0:26 {root} {place} rw,nosuid - cgroup2 cgroup2 rw\n"
V1 = "33 23 0:28 {root} {place} rw - cgroup cgroup rw,{controllers}\n"


class Machine:
    """What ``/proc/self`` says, and the cgroups that it leads to."""

    def __init__(self, folder):
        self.folder = folder
        self.proc = folder / "proc"
        self.proc.mkdir()
        self.mounts = ""

    def mount(self, line, root="/", name="cgroup", **more):
        place = self.folder / name
        place.mkdir()
        self.mounts += line.format(root=root, place=str(place).replace(" ", "\\040"), **more)
        return place

    def quota(self, groups):
        (self.proc / "mountinfo").write_text(f"22 1 0:21 / / rw - ext4 /dev/x rw\n{self.mounts}")
        (self.proc / "cgroup").write_text(groups)
        return cpus.quota(str(self.proc))


@pytest.fixture
def machine(tmp_path):
    folder = tmp_path / "a machine"
    folder.mkdir()
    return Machine(folder)


def two(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(f"{text}\n")


def one(folder, quota, period=100000):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (folder / "cpu.cfs_period_us").write_text(f"{period}\n")


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("max 100000", math.inf),
        ("200000 100000", 2.0),
        ("150000 100000", 1.5),
        ("5000 100000", 0.05),
        ("0 100000", math.inf),
        ("100000 0", math.inf),
        ("nonsense", math.inf),
    ],
)
def test_version_2_has_quota_and_period_in_one_file(machine, text, quota):
    two(machine.mount(V2) / "app", text)
    assert machine.quota("0::/app\n") == quota


def test_the_tightest_of_a_cgroup_and_of_those_above_it_counts(machine):
    top = machine.mount(V2)
    two(top / "slice" / "app", "400000 100000")
    two(top / "slice", "300000 100000")
    two(top, "max 100000")
    assert machine.quota("0::/slice/app\n") == 3.0
    assert machine.quota("0::/slice/other\n") == 3.0
    assert machine.quota("0::/\n") == math.inf


def test_in_a_container_the_cgroup_is_what_is_mounted(machine):
    two(machine.mount(V2, root="/docker/abc"), "250000 100000")
    assert machine.quota("0::/docker/abc\n") == 2.5
    assert machine.quota("0::/somewhere/else\n") == 2.5
    assert machine.quota("0::/../../outside\n") == 2.5


@pytest.mark.parametrize(
    ("quota", "period", "found"),
    [(-1, 100000, math.inf), (300000, 100000, 3.0), (25000, 50000, 0.5)],
)
def test_version_1_has_them_in_two_files_of_the_cpu_controller(machine, quota, period, found):
    one(machine.mount(V1, controllers="cpu,cpuacct") / "app", quota, period)
    assert machine.quota("4:memory:/\n3:cpu,cpuacct:/app\n0::/\n") == found


def test_other_controllers_of_version_1_limit_no_cpu(machine):
    one(machine.mount(V1, controllers="cpuacct"), 100000)
    assert machine.quota("3:cpuacct:/\n") == math.inf


def test_where_both_versions_are_mounted_the_tighter_one_counts(machine):
    two(machine.mount(V2, name="unified"), "200000 100000")
    one(machine.mount(V1, name="cpu", controllers="cpu"), 100000)
    assert machine.quota("2:cpu:/\n0::/\n") == 1.0


def test_a_machine_without_cgroups_sets_no_limit(tmp_path):
    assert cpus.quota(str(tmp_path)) == math.inf


@pytest.mark.parametrize(
    ("affinity", "quota", "count"),
    [(8, math.inf, 8), (8, 2.5, 3), (8, 0.05, 1), (2, 6.0, 2), (1, math.inf, 1)],
)
def test_as_many_cpus_as_both_allow_rounded_up(monkeypatch, affinity, quota, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(affinity)), raising=False)
    monkeypatch.setattr(cpus, "quota", lambda: quota)
    assert cpus.available() == count


def test_without_affinity_all_cpus_of_the_machine_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(cpus, "quota", lambda: math.inf)
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert cpus.available() == 12
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cpus.available() == 1


def test_this_machine_has_at_least_one():
    assert cpus.available() >= 1
