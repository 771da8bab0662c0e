import os
import subprocess
import sys

import psutil
import pytest

from circus.figures import STOPPED
from circus.host.facts import Observer
from circus.stats import sample
from circus.stats.sample import Sampler

BUSY = "import sys\nwhile True: pass"


@pytest.fixture
def child():
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_a_sample_says_what_the_daemon_says_of_a_process(child):
    seen, told = Sampler().sample(child.pid), Observer().info(child.pid)
    assert set(seen) == set(told)
    for key in ("pid", "cmdline", "username", "nice", "mem_info2", "ctime", "children"):
        assert seen[key] == told[key], key
    # a figure of its own each second: both are looked up, one after the other
    assert seen["create_time"] == pytest.approx(told["create_time"], abs=2)
    assert seen["age"] == pytest.approx(told["age"], abs=PATIENT)
    assert seen["mem"] == pytest.approx(told["mem"], rel=0.5, abs=0.01)


PATIENT = 20


def test_the_share_of_the_cpu_is_that_since_the_sample_before(monkeypatch):
    now = 100.0
    ticks = iter([50, 50 + sample.TICKS, 50 + sample.TICKS])

    def stat(_pid):
        spent = str(next(ticks)).encode()
        return [b"R", *[b"0"] * 10, spent, b"0", *[b"0"] * 10], 0

    monkeypatch.setattr(sample, "_stat", stat)
    monkeypatch.setattr(sample.time, "monotonic", lambda: now)
    sampler = Sampler()
    assert sampler.sample(os.getpid())["cpu"] == 0.0
    now += 2
    assert sampler.sample(os.getpid())["cpu"] == 50.0
    now += 1
    assert sampler.sample(os.getpid())["cpu"] == 0.0


def test_a_number_that_another_process_took_over_begins_anew(monkeypatch):
    sampler = Sampler()
    fields, uid = sample._stat(os.getpid())
    fields[sample.UTIME] = b"0"
    monkeypatch.setattr(sample, "_stat", lambda _pid: (fields, uid))
    sampler.sample(os.getpid())
    other = [*fields]
    other[sample.UTIME], other[sample.STARTED] = b"9999", b"1"
    monkeypatch.setattr(sample, "_stat", lambda _pid: (other, uid))
    seen = sampler.sample(os.getpid())
    assert seen["cpu"] == 0.0
    assert seen["create_time"] == pytest.approx(psutil.boot_time(), abs=2)


def test_a_process_that_is_gone_is_told_and_forgotten(child):
    sampler = Sampler()
    assert isinstance(sampler.sample(child.pid), dict)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert sampler.sample(child.pid) == STOPPED  # a zombie
    child.wait()
    assert sampler.sample(child.pid) == STOPPED
    assert sampler._known == {}


def test_a_user_without_a_name_is_told_by_number():
    assert Sampler()._user(4_000_000_001) == "4000000001"


def test_this_system_offers_samples():
    assert sample.offered() is os.path.isdir("/proc/self")
