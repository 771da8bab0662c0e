"""circusd under a service manager that is told how it is, and the unit files of the example."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from tests.helpers.daemon import PATIENCE, ROOT, rewrite
from tests.helpers.manager import Manager, states
from tests.helpers.servers import free_ports

EXAMPLE = ROOT / "examples" / "systemd"
WEB = """
[watcher:web]
cmd = sh -c 'env > seen; exec sleep 600'
copy_env = True

[watcher:slow]
cmd = sleep 600
priority = -1
hooks.before_start = hooks.held
"""
HOOKS = """
def held(**about):
    print("hook asked", flush=True)
    with open("fifo") as fifo:
        fifo.read()
    return True
"""


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


def slow(circusd, tmp_path, manager, circus="", **more):
    (tmp_path / "hooks.py").write_text(HOOKS)
    os.mkfifo(tmp_path / "fifo")
    return circusd(WEB, circus=circus, around=manager.around(**more))


def let_go(tmp_path):
    open(tmp_path / "fifo", "w").close()


def test_it_is_ready_when_all_were_tried_and_tells_its_whole_life_in_order(
    circusd, tmp_path, manager
):
    daemon = slow(circusd, tmp_path, manager)
    daemon.log.until("web started", "hook asked")
    assert manager.next() == {"STATUS": "1 of 2 watchers are up"}
    let_go(tmp_path)
    *_, ready = manager.until("READY")
    assert ready["STATUS"] == "2 of 2 watchers are up"
    assert daemon.call("status")["statuses"] == {"web": "active", "slow": "active"}
    daemon.ctl("reload", "--waiting")
    assert states(manager.until("READY")) == ["RELOADING", "READY"]
    rewrite(daemon, ("sleep 600'", "sleep 601'"))
    daemon.ctl("reloadconfig", "--waiting")
    assert states(manager.until("READY")) == ["RELOADING", "READY"]
    daemon.ctl("stop", "web", "--waiting")
    manager.until("STATUS", "1 of 2 watchers are up")
    daemon.ctl("quit")
    assert states(manager.until("STOPPING")) == ["STOPPING"]
    assert daemon.ended() == 0
    assert states(manager.heard) == ["READY", *["RELOADING", "READY"] * 2, "STOPPING"]
    names = (tmp_path / "seen").read_text()
    assert "NOTIFY_SOCKET" not in names


def test_a_hangup_is_a_reload_and_a_restart_of_everything_too(circusd, manager):
    daemon = circusd("[watcher:web]\ncmd = sleep 600\n", around=manager.around())
    manager.until("READY")
    daemon.signal(signal.SIGHUP)
    assert states(manager.until("READY")) == ["RELOADING", "READY"]
    daemon.ctl("restart")
    assert states(manager.until("READY")) == ["RELOADING", "READY"]
    daemon.signal(signal.SIGTERM)
    assert states(manager.until("STOPPING")) == ["STOPPING"]
    assert daemon.ended() == 0


def test_a_bad_file_is_no_reload(circusd, manager):
    daemon = circusd("[watcher:web]\ncmd = sleep 600\n", around=manager.around())
    manager.until("READY")
    rewrite(daemon, ("cmd = sleep 600", "numprocesses = many"))
    assert daemon.try_ctl("reloadconfig")[0] != 0
    assert daemon.try_ctl("restart")[0] != 0
    daemon.ctl("quit")
    assert states(manager.until("STOPPING")) == ["STOPPING"]
    assert daemon.ended() == 0


def test_a_watchdog_hears_of_it_as_long_as_it_serves(circusd, manager):
    around = manager.around(WATCHDOG_USEC=200_000)
    daemon = circusd("[watcher:web]\ncmd = sleep 600\n", around=around)
    manager.until("READY")
    for _ in range(5):
        manager.until("WATCHDOG")
    daemon.signal(signal.SIGSTOP)
    try:
        while manager.next(0.6):  # what was on its way
            pass
    finally:
        daemon.signal(signal.SIGCONT)
    manager.until("WATCHDOG")


def test_a_failure_that_ends_it_is_told_as_an_end(circusd, manager):
    text = "[watcher:app]\ncmd = sh -c 'exit 3'\nrestart = never\nessential = True\n"
    daemon = circusd(text, circus="exit_when = essential-fails", around=manager.around())
    assert "STOPPING" in states(manager.until("STOPPING"))
    assert daemon.ended() == 3


def test_behind_daemon_the_pid_is_told(tmp_path, manager):
    file = tmp_path / "circus.ini"
    places = f"endpoint = ipc://{tmp_path}/ctl\npubsub_endpoint = ipc://{tmp_path}/pub\n"
    file.write_text(f"[circus]\n{places}[watcher:web]\ncmd = sleep 600\n")
    words = [*manager.around(PYTHONPATH=str(ROOT)), sys.executable, "-m", "circus.circusd"]
    subprocess.run([*words, "--daemon", str(file)], check=True, timeout=PATIENCE)
    try:
        (first, *_) = manager.until("READY")
        pid = int(first["MAINPID"])
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            assert b"circusd" in line.read()
    finally:
        ctl = [sys.executable, "-m", "circus.circusctl", "--endpoint", f"ipc://{tmp_path}/ctl"]
        subprocess.run([*ctl, "quit", "--waiting"], check=True, timeout=PATIENCE, cwd=ROOT)


# --- the example ----------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path):
    """Install the example and this circus where its files say, but for a folder before it."""
    places = {"/opt/circus": tmp_path / "opt", "/etc/circus": tmp_path / "etc"}
    places["/run/circus"] = tmp_path
    (port,) = free_ports(1)
    programs = tmp_path / "opt" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    for name in ("circusd", "circusctl"):
        text = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m circus.{name} "$@"\n'
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    shutil.copy(ROOT / "examples" / "servers" / "asyncio_server.py", tmp_path / "opt")
    for file in EXAMPLE.iterdir():
        text = file.read_text().replace("port = 80", f"port = {port}")
        text = text.replace("127.0.0.1:80", f"127.0.0.1:{port}")
        for place, here in places.items():
            text = text.replace(place, str(here))
        (tmp_path / "etc" / file.name).write_text(text)
    return tmp_path / "etc", port


def unit(file, section):
    """Return a section of a unit file."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str
    read.read(file)
    return read[section]


def test_systemd_finds_nothing_wrong_with_the_unit_files(installed):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    etc, _ = installed
    files = [str(etc / name) for name in ("circus.service", "circus.socket")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    ours = [line for line in done.stderr.splitlines() if "circus" in line]
    assert (done.returncode, ours) == (0, [])


def test_what_the_unit_runs_serves_on_its_socket_is_reloaded_and_ends(
    installed, manager, monkeypatch
):
    etc, port = installed
    service, socket = unit(etc / "circus.service", "Service"), unit(etc / "circus.socket", "Socket")
    assert service["Type"] == "notify"
    place = f"{socket['FileDescriptorName']}={socket['ListenStream']}"
    activator = (sys.executable, "-m", "tests.helpers.activator", place, "--")
    words = [*manager.around(PYTHONPATH=str(ROOT)), *activator, *shlex.split(service["ExecStart"])]
    with subprocess.Popen(words, cwd=etc) as circusd:
        try:
            manager.until("READY")
            subprocess.run(shlex.split(service["ExecReload"]), check=True, timeout=PATIENCE)
            assert states(manager.until("READY")) == ["RELOADING", "READY"]
            page = subprocess.run(
                [sys.executable, "-c", ASKING, str(port)],
                capture_output=True,
                check=True,
                timeout=PATIENCE,
            )
            assert page.stdout
        finally:
            circusd.send_signal(signal.SIGTERM)
        assert circusd.wait(PATIENCE) == 0


ASKING = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=20).read())
"""
