from __future__ import annotations

import errno
import os
import socket
import sys

import pytest
import zmq

from circus import endpoint as endpoints
from circus import occupied
from circus.host.holders import Holder
from circus.occupied import naming_holder

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tables are Linux's")
TAKEN = OSError(errno.EADDRINUSE, "cannot bind it: Address already in use")


def refusal(endpoint, error=TAKEN, wait=True):
    with pytest.raises(OSError, match="cannot") as caught, naming_holder(endpoint, wait=wait):
        raise error
    return caught.value


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "*", "localhost", "lo"])
def test_who_holds_a_port_is_named(host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        problem = refusal(f"tcp://{host}:{taken.getsockname()[1]}")
    assert problem.errno == errno.EADDRINUSE
    assert problem.strerror == f"{TAKEN.strerror}; held by this process itself"


@linux
def test_who_holds_a_path_is_named_by_the_lock_and_else_by_the_kernel(tmp_path):
    path = str(tmp_path / "ctl")
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(path)
        taken.listen()
        assert refusal(f"ipc://{path}").strerror.endswith("; held by this process itself")
        with open(endpoints.lock_path(path), "w") as lock:
            lock.write(f"{os.getppid()}\n")
        said = refusal(f"ipc://{path}").strerror
    assert f"; held by process {os.getppid()}" in said


def test_the_lock_of_an_endpoint_names_its_daemon(tmp_path):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as zsocket:
        binding = endpoints.bind(zsocket, f"ipc://{tmp_path}/ctl")
        assert (tmp_path / "ctl.lock").read_text() == f"{os.getpid()}\n"
        binding.release(zsocket.close)


@pytest.mark.parametrize("endpoint", [None, "inproc://x", "tcp://127.0.0.1", "ipc://no/such/path"])
def test_where_nobody_can_be_named_the_error_stays_as_it_is(endpoint, monkeypatch):
    monkeypatch.setattr(occupied, "PATIENCE", 0.02)
    assert refusal(endpoint) is TAKEN


@pytest.mark.parametrize(("wait", "looks"), [(True, 3), (False, 1)])
def test_who_is_about_to_hold_it_is_waited_for_unless_that_would_block_a_program(
    monkeypatch, wait, looks
):
    looked, holder = [], Holder(os.getppid())

    def there(place):
        looked.append(place)
        return [holder] if len(looked) == 3 else []

    monkeypatch.setattr(occupied, "PATIENCE", 600)
    monkeypatch.setattr(occupied, "_there", there)
    said = refusal("tcp://127.0.0.1:1", wait=wait).strerror
    assert (len(looked), "held by" in said) == (looks, wait)


def test_any_other_error_stays_as_it_is():
    error = OSError(errno.EACCES, "cannot bind it: Permission denied")
    assert refusal("tcp://127.0.0.1:1", error) is error


def test_what_goes_well_is_left_alone():
    with naming_holder("tcp://127.0.0.1:1", wait=True):
        pass
