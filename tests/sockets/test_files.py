from __future__ import annotations

import os
import socket
import stat
from dataclasses import replace

import pytest

from circus.sockets import CircusSocket, files
from circus.spec.model import SocketSpec
from tests.helpers.socketfacts import room, somebody


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_closing_leaves_a_path_that_somebody_else_has_taken(tmp_path, made):
    path = str(tmp_path / "s")
    made += [CircusSocket("u", path=path), CircusSocket("u", path=path, replace=True)]
    made[0].bind_and_listen()
    made[1].bind_and_listen()
    made[0].close()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


def test_closing_a_socket_that_was_never_bound_leaves_the_path(tmp_path, made):
    path = str(tmp_path / "s")
    made += [CircusSocket("u", path=path), CircusSocket("u", path=path)]
    made[0].bind_and_listen()
    made[1].close()
    assert os.path.exists(path)


@pytest.mark.parametrize(("umask", "mode"), [(0, 0o777), (0o077, 0o700), (0o117, 0o660)])
def test_a_umask_is_for_the_path_alone(tmp_path, made, umask, mode):
    made.append(CircusSocket("u", path=str(tmp_path / "s"), umask=umask))
    before = os.umask(0o022)
    try:
        made[0].bind_and_listen()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "s") == mode


def test_without_a_umask_that_of_the_process_counts(tmp_path, made):
    made.append(CircusSocket("u", path=str(tmp_path / "s")))
    before = os.umask(0o027)
    try:
        made[0].bind_and_listen()
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "s") == 0o750


def test_a_path_that_exists_is_left_alone(tmp_path, made):
    path = tmp_path / "s"
    path.write_text("precious")
    made.append(CircusSocket("u", path=str(path)))
    text = (
        f"{str(path)!r} already exists. You might want to remove it. "
        "If it's a stalled socket file, just restart Circus"
    )
    with pytest.raises(OSError, match="exists") as caught:
        made[0].bind_and_listen()
    assert caught.value.strerror.endswith(f"cannot bind socket 'u' at {str(path)!r}: {text}")
    assert path.read_text() == "precious"


def test_replace_removes_a_socket_but_nothing_else(tmp_path, made):
    path = tmp_path / "s"
    path.write_text("precious")
    made.append(CircusSocket("u", path=str(path), replace=True))
    with pytest.raises(OSError, match="is no socket, so it is not replaced"):
        made[0].bind_and_listen()
    assert path.read_text() == "precious"
    path.unlink()
    made[0].bind_and_listen()
    assert stat.S_ISSOCK(os.lstat(path).st_mode)


def test_replace_takes_over_the_path_of_a_socket(opened, tmp_path):
    path = str(tmp_path / "s")
    opened(path=path, backlog=1)
    opened(path=path, backlog=5, replace=True)
    assert room(path) == 6


def test_a_mode_is_the_permissions_of_the_path(opened, tmp_path):
    before = os.umask(0o077)
    try:
        opened(path=str(tmp_path / "s"), mode=0o666)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "s") == 0o666


def test_an_owner_and_a_group_have_the_path(opened, tmp_path):
    user, group = somebody()
    opened(path=str(tmp_path / "s"), owner=user, group=group)
    status = os.lstat(tmp_path / "s")
    assert (status.st_uid, status.st_gid) == (user, group)


def test_an_owner_that_does_not_exist_leaves_nothing_at_the_path(opened, tmp_path):
    with pytest.raises(OSError, match=r"cannot bind socket 'x' .* cannot find the user 'no such'"):
        opened(path=str(tmp_path / "s"), owner="no such")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("options", "mode"), [({"mode": 0o600}, 0o600), ({"umask": 0o007}, 0o770), ({}, 0o755)]
)
def test_the_permissions_of_an_open_socket_change(opened, tmp_path, options, mode):
    path = str(tmp_path / "s")
    sock = opened(path=path, mode=0o640)
    before = os.umask(0o022)
    try:
        sock.tune(SocketSpec("x", path=path, **options))
    finally:
        os.umask(before)
    assert mode_of(path) == mode


def test_the_owner_of_an_open_socket_changes_and_comes_back(opened, tmp_path):
    user, group = somebody()
    spec = SocketSpec("x", path=str(tmp_path / "s"))
    sock = opened(path=spec.path)
    sock.tune(replace(spec, owner=user, group=group))
    assert (os.lstat(spec.path).st_uid, os.lstat(spec.path).st_gid) == (user, group)
    sock.tune(spec)
    assert (os.lstat(spec.path).st_uid, os.lstat(spec.path).st_gid) == (0, os.getegid())


def test_a_change_that_is_refused_leaves_the_names_as_they_were(opened, tmp_path):
    path = str(tmp_path / "s")
    sock = opened(path=path)
    with pytest.raises(OSError, match="cannot find the user 'no such'"):
        sock.tune(SocketSpec("y", path=path, owner="no such"))
    assert sock.name == "x"
    os.unlink(path)
    with pytest.raises(OSError, match=r"cannot change socket 'x' .* No such file"):
        sock.tune(SocketSpec("y", path=path, mode=0o600))


def test_a_file_that_was_exchanged_is_not_given_away(tmp_path):
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.touch(mode=0o600)
    theirs.touch(mode=0o600)
    known = files.inode(str(mine))
    with mine.open():  # as a bound socket, it keeps its inode from others
        mine.unlink()
        mine.symlink_to(theirs)
        with pytest.raises(FileNotFoundError):
            files.give(str(mine), known, -1, -1, 0o666)
    assert mode_of(theirs) == 0o600


def test_a_file_is_given_to_whom_it_is_known_to_belong(tmp_path):
    path = tmp_path / "x"
    path.touch(mode=0o600)
    files.give(str(path), files.inode(str(path)), os.geteuid(), -1, 0o640)
    assert mode_of(path) == 0o640
    files.give(str(tmp_path / "nothing to do"), (0, 0), -1, -1)


def test_names_of_users_and_groups_become_numbers():
    assert files.ids(0, None) == (0, -1)
    assert files.ids(None, 0) == (-1, 0)
    with pytest.raises(OSError, match="cannot find the group 'no such'"):
        files.ids(None, "no such")
