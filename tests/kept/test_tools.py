from __future__ import annotations

import asyncio
import logging
import os

import pytest
import zmq

from circus.kept import tools


def test_a_dotted_path_is_resolved():
    assert tools.resolve_name("os") is os
    assert tools.resolve_name("os.path:join") is os.path.join
    assert tools.resolve_name("os.path.join") is os.path.join
    assert tools.resolve_name("nope.x", silent=True) is None
    with pytest.raises(tools.ImportStringError, match=r"cannot import 'nope\.x'") as refused:
        tools.resolve_name("nope.x")
    assert refused.value.import_name == "nope.x"
    assert isinstance(refused.value.exception, ImportError)


def test_the_facts_of_a_process_are_told():
    for asked in ({}, {"process": os.getpid()}, {"with_childs": True}):
        assert tools.get_info(**asked)["pid"] == os.getpid()
    assert tools.get_info(os.getppid())["children"] == []


def test_a_logger_is_configured_as_circusd_does_it(tmp_path):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        path = tmp_path / "log"
        tools.configure_logger(logging.getLogger("circus"), "WARNING", str(path))
        logging.getLogger("circus").warning("heard")
        logging.getLogger("circus").info("not heard")
        assert "heard" in path.read_text()
        assert "not heard" not in path.read_text()
        for handler in root.handlers[:]:
            handler.close()
        tools.configure_logger(None, logging.ERROR, str(path))
        assert root.level == logging.ERROR
    finally:
        for handler in root.handlers[:]:
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)


def test_a_socket_is_connected(tmp_path):
    context = zmq.Context()
    try:
        with context.socket(zmq.DEALER) as socket:
            socket.linger = 0
            tools.get_connection(socket, f"ipc://{tmp_path}/x")
            assert socket.getsockopt_string(zmq.LAST_ENDPOINT).endswith("/x")
    finally:
        context.term()


def test_a_descriptor_is_not_handed_down():
    read, write = os.pipe()
    try:
        os.set_inheritable(read, True)
        tools.close_on_exec(read)
        assert not os.get_inheritable(read)
    finally:
        os.close(read)
        os.close(write)


def test_what_a_future_failed_with_is_logged_and_returned(caplog):
    async def scene():
        good, bad, open_one = (asyncio.get_running_loop().create_future() for _ in range(3))
        good.set_result(1)
        bad.set_exception(ValueError("broken"))
        checked = [tools.check_future_exception_and_log(one) for one in (good, open_one, None)]
        assert checked == [None, None, None]
        assert repr(tools.check_future_exception_and_log(bad)) == "ValueError('broken')"

    asyncio.run(scene())
    assert "exception broken caught" in caplog.text


def test_calls_are_logged_where_debug_is_set(caplog, monkeypatch):
    monkeypatch.delenv("DEBUG", raising=False)
    assert tools.debuglog(len) is len
    monkeypatch.setenv("DEBUG", "1")
    caplog.set_level(logging.DEBUG)
    assert tools.debuglog(len)("ab") == 2
    assert caplog.messages == ["'len' starts", "'len' ends"]
