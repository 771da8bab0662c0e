"""Reaching a daemon through ssh: a real one where there is an sshd, and a stand-in for ssh."""

from __future__ import annotations

import contextlib
import getpass
import io
import shutil
import socket
import subprocess
import sys

import pytest
import zmq

from benchmarks import proc
from circus import circusctl, tunnel
from circus.aclient import AsyncCircusClient
from circus.client import CircusClient
from circus.consumer import CircusConsumer
from circus.exc import CallError
from tests.helpers.daemon import kill
from tests.helpers.desk import PATIENCE, served
from tests.helpers.fleet import FakeFleet, FakeWatcher

STAND_IN = """#!{python}
import os, socket, subprocess, sys
words = sys.argv[1:]
open({log!r}, "a").write(" ".join(words) + "\\n")
if "-O" in words:
    sys.exit(255)
_, here, host, there = words[words.index("-L") + 1].split(":")
listener = socket.create_server(("127.0.0.1", int(here)))
subprocess.Popen(
    [sys.executable, {relay!r}, str(listener.fileno()), host, there],
    pass_fds=[listener.fileno()], stdin=-3, stdout=-3, stderr=-3, start_new_session=True,
)
"""
"""Takes ssh's words, notes them, and leaves behind what carries the bytes."""

RELAY = """
import select, signal, socket, sys
signal.alarm({patience})
listener = socket.socket(fileno=int(sys.argv[1]))
other = {{}}
while True:
    for end in select.select([listener, *other], [], [])[0]:
        if end is listener:
            near = listener.accept()[0]
            far = socket.create_connection((sys.argv[2], int(sys.argv[3])))
            other |= {{near: far, far: near}}
        elif end in other:
            data = end.recv(65536)
            if data:
                other[end].sendall(data)
            else:
                other.pop(other.pop(end)).close()
    if not other:
        sys.exit()
"""
"""Carries what goes through each connection, until the last one is closed."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def put(folder, name, text):
    """Make a program in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a stand-in for ssh on the path; return the file of what it was told, and the server."""
    pytest.importorskip("pexpect", reason="a tunnel through ssh needs pexpect")
    log = tmp_path / "log"
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY.format(patience=round(PATIENCE)))
    text = STAND_IN.format(python=sys.executable, log=str(log), relay=str(relay))
    put(tmp_path / "bin", "ssh", text)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return log, "me@there:2222"


@pytest.fixture
def sshd(tmp_path, monkeypatch):
    """Run an sshd that lets in nobody but us; return the file of its log, and the server."""
    pytest.importorskip("pexpect", reason="a tunnel through ssh needs pexpect")
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if not program or not shutil.which("ssh"):
        pytest.skip("there is no sshd here")
    port, log = free_port(), tmp_path / "log"
    for key in ("host", "own"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / key], check=True
        )
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {tmp_path}/host\nPidFile none\n"
        f"AuthorizedKeysFile {tmp_path}/own.pub\nStrictModes no\nPasswordAuthentication no\n"
    )
    (tmp_path / "ssh_config").write_text(
        f"StrictHostKeyChecking no\nUserKnownHostsFile {tmp_path}/known\nBatchMode yes\n"
    )
    ssh = shutil.which("ssh")
    put(tmp_path / "bin", "ssh", f'#!/bin/sh\nexec {ssh} -F {tmp_path}/ssh_config "$@"\n')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    line = [program, "-D", "-E", str(log), "-f", str(tmp_path / "sshd_config")]
    with subprocess.Popen(line) as daemon:
        try:
            if not listens(daemon, port):
                pytest.skip(f"sshd does not start here: {log.read_text()}")
            yield log, f"{getpass.getuser()}@127.0.0.1:{port}"
        finally:
            kill(proc.family(daemon.pid))  # with its sessions, at which the other ends give up


def listens(daemon, port):
    """Wait until somebody listens at a port, or the daemon has ended."""
    while daemon.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
            return True
    return False


@pytest.fixture
def endpoint():
    return f"tcp://127.0.0.1:{free_port()}"


def test_a_client_asks_through_a_real_sshd(sshd, endpoint, tmp_path):
    _, server = sshd
    with served(FakeFleet(FakeWatcher("web", 1)), endpoint):
        key = str(tmp_path / "own")
        client = CircusClient(
            endpoint=endpoint, ssh_server=server, ssh_keyfile=key, timeout=PATIENCE
        )
        assert client.send_message("list")["watchers"] == ["web"]
        client.stop()


def test_a_client_asks_through_ssh(stand_in, endpoint):
    log, server = stand_in
    with served(FakeFleet(FakeWatcher("web", 1)), endpoint):
        client = CircusClient(
            endpoint=endpoint, ssh_server=server, ssh_keyfile="/key", timeout=PATIENCE
        )
        assert client.send_message("list")["watchers"] == ["web"]
        assert (client.endpoint, client.ssh_server) == (endpoint, server)
        client.stop()
    asked = log.read_text().splitlines()[-1]
    assert asked.startswith("-i /key -p 2222 -f ")
    assert f":{endpoint.removeprefix('tcp://')} me@there sleep" in asked


def test_circusctl_asks_through_ssh(stand_in, endpoint, capsys):
    _, server = stand_in
    line = ["--endpoint", endpoint, "--ssh", server, "--ssh_keyfile", "/key", "list"]
    with served(FakeFleet(FakeWatcher("web", 1)), endpoint):
        assert circusctl.main(line) == 0
    assert capsys.readouterr().out == "web\n"


def test_the_prompt_opens_one_tunnel_and_keeps_it(stand_in, endpoint, capsys, monkeypatch):
    log, server = stand_in
    monkeypatch.setattr(sys, "stdin", io.StringIO("list\nnumwatchers\n"))
    with served(FakeFleet(FakeWatcher("web", 1)), endpoint):
        assert circusctl.main(["--endpoint", endpoint, "--ssh", server]) == 0
    out = capsys.readouterr().out
    assert out.endswith("web: active\n(circusctl) web\n(circusctl) 1\n(circusctl) \n")
    assert log.read_text().count("-L") == 1


def test_a_consumer_listens_through_ssh(stand_in):
    _, server = stand_in
    context = zmq.Context()
    source = context.socket(zmq.XPUB)
    endpoint = f"tcp://127.0.0.1:{source.bind_to_random_port('tcp://127.0.0.1')}"
    with CircusConsumer(["a"], endpoint=endpoint, ssh_server=server) as consumer:
        assert source.poll(PATIENCE * 1000)
        assert source.recv() == b"\x01a"
        source.send_multipart([b"a.b", b"{}"])
        assert next(iter(consumer)) == (b"a.b", b"{}")
    context.destroy(0)


def test_only_tcp_goes_through_ssh(stand_in):
    with pytest.raises(CallError, match="cannot reach ipc:///x through ssh: only tcp endpoints"):
        AsyncCircusClient(endpoint="ipc:///x", ssh_server="me@there")


def test_a_tunnel_that_cannot_be_opened_is_told(tmp_path, monkeypatch, endpoint, capsys):
    pytest.importorskip("pexpect", reason="a tunnel through ssh needs pexpect")
    put(tmp_path / "bin", "ssh", "#!/bin/sh\nexit 255\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert circusctl.main(["--endpoint", endpoint, "--ssh", "me@there", "list"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cannot open a tunnel through me@there: ")
    assert err.endswith("\nTry to log in there with ssh by itself.\n")


def test_an_endpoint_that_makes_no_sense_is_told(stand_in):
    with pytest.raises(CallError, match="cannot open a tunnel through me@there: "):
        tunnel.through("me@there", "tcp://nonsense")


def test_without_pexpect_and_paramiko_it_says_what_to_install(monkeypatch, capsys, endpoint):
    class Tunnels:
        pexpect = paramiko = None

    monkeypatch.setitem(sys.modules, "zmq.ssh.tunnel", Tunnels())
    with pytest.raises(ImportError, match="pexpect was not found, and failed to use Paramiko"):
        tunnel.through("me@there", endpoint)
    assert circusctl.main(["--ssh", "me@there", "list"]) == 1
    assert capsys.readouterr().err == f"{tunnel.MISSING}\n"
