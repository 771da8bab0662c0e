"""The file of an ipc endpoint that belongs to another user (``endpoint_owner``)."""

from __future__ import annotations

import errno
import os

import pytest
import zmq

from circus.config import load
from circus.controller import Controller
from tests.helpers.fleet import FakeFleet


@pytest.fixture
def fleet():
    return FakeFleet()


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/ctl"


def test_an_unknown_owner_of_the_endpoint_is_refused(fleet, endpoint):
    controller = Controller(endpoint, None, None, None, fleet, endpoint_owner="nobody-at-all")
    with pytest.raises(ValueError, match="cannot find the user 'nobody-at-all'"):
        controller.initialize()


def test_the_file_of_the_endpoint_belongs_to_its_owner(fleet, endpoint, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(os, "chown", lambda *args, **more: given.append((*args, more)))
    context = zmq.Context()
    controller = Controller(endpoint, None, context, None, fleet, endpoint_owner=str(os.geteuid()))
    controller.initialize()
    controller.stop()
    context.destroy(0)
    assert given == [(f"{tmp_path}/ctl", os.geteuid(), -1, {"follow_symlinks": False})]


def test_an_endpoint_that_cannot_be_given_away_is_let_go(fleet, endpoint, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    context = zmq.Context()
    me = str(os.geteuid())
    controller = Controller(endpoint, None, context, None, fleet, endpoint_owner=me)
    with pytest.raises(OSError, match=f"cannot give {endpoint} to {me}: Operation not permitted"):
        controller.initialize()
    context.destroy(0)
    assert os.listdir(tmp_path) == []


def test_a_watcher_is_added_with_the_owners_uid_only(circusd):
    me = str(os.geteuid())
    daemon = circusd("[watcher:web]\ncmd = sleep 600", circus=f"endpoint_owner = {me}")
    daemon.log.until("web started")
    for options in ({}, {"uid": "root"}, {"uid": 65534}):
        answer = daemon.call("add", name="more", cmd="true", options=options)
        assert (answer["errno"], answer["reason"]) == (3, "uid does not match endpoint_owner")
    assert daemon.call("add", name="more", cmd="true", options={"uid": me})["status"] == "ok"


def test_an_unknown_owner_is_a_finding(tmp_path):
    file = tmp_path / "circus.ini"
    file.write_text("[circus]\nendpoint = ipc://ctl\nendpoint_owner = nobody-at-all\n")
    (finding,) = load(str(file)).errors
    assert str(finding).startswith(f"{file}:3: [circus] endpoint_owner: ")
    assert str(finding).endswith("cannot find the user 'nobody-at-all'")
