import grp
import os
import pwd

import pytest

from circus.host import users
from circus.host.users import Identity, identity


@pytest.fixture
def people(monkeypatch):
    """A small, known set of users and groups."""
    entries = {
        "root": pwd.struct_passwd(("root", "x", 0, 0, "", "/root", "/bin/sh")),
        "web": pwd.struct_passwd(("web", "x", 33, 33, "", "/", "/bin/sh")),
        "7up": pwd.struct_passwd(("7up", "x", 77, 77, "", "/", "/bin/sh")),
    }
    groups = {"root": 0, "web": 33, "log": 44, "7up": 77}

    def find(table, key):
        return lambda wanted: next(e for e in table if e[key] == wanted)

    def known(search):
        def ask(wanted):
            try:
                return search(wanted)
            except StopIteration:
                raise KeyError(wanted) from None

        return ask

    rows = list(entries.values())
    groups = [grp.struct_group((name, "x", gid, [])) for name, gid in groups.items()]
    monkeypatch.setattr(pwd, "getpwnam", known(find(rows, 0)))
    monkeypatch.setattr(pwd, "getpwuid", known(find(rows, 2)))
    monkeypatch.setattr(grp, "getgrnam", known(find(groups, 0)))
    monkeypatch.setattr(grp, "getgrgid", known(find(groups, 2)))
    also = {"web": [44], "root": [1, 2], "7up": []}
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: [gid, *also[name]])
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.mark.parametrize(
    ("user", "group", "expected"),
    [
        (None, None, Identity(None, None, None)),
        ("web", None, Identity(33, 33, (33, 44))),
        ("33", None, Identity(33, 33, (33, 44))),
        (33, None, Identity(33, 33, (33, 44))),
        ("web", "log", Identity(33, 44, (44,))),
        ("web", "0", Identity(33, 0, (0, 44))),
        ("7up", None, Identity(77, 77, (77,))),
        (0, None, Identity(0, 0, (0, 1, 2))),
        (0, 0, Identity(0, 0, (0, 1, 2))),
        (None, "log", Identity(None, 44, (1, 2, 44))),
        (None, 0, Identity(None, 0, (0, 1, 2))),
    ],
)
def test_names_and_numbers_become_an_identity(people, user, group, expected):
    assert identity(user, group) == expected


@pytest.mark.parametrize(
    ("user", "group", "groups", "expected"),
    [
        (None, None, ("log", 1), Identity(None, None, (1, 44))),
        ("web", None, ("0",), Identity(33, 33, (0, 33))),
        ("web", "log", (4711,), Identity(33, 44, (44, 4711))),
        ("web", "log", ("log",), Identity(33, 44, (44,))),
    ],
)
def test_groups_that_are_given_take_the_place_of_the_users(people, user, group, groups, expected):
    assert identity(user, group, groups) == expected


def test_a_supplementary_group_that_has_a_name_must_exist(people):
    with pytest.raises(ValueError, match=r"^cannot find the group 'none'$"):
        identity("web", None, ("log", "none"))


@pytest.mark.parametrize(
    ("user", "group", "text"),
    [
        ("nobody-here", None, "cannot find the user 'nobody-here'"),
        (5, None, "cannot find the user 5"),
        ("5", None, "cannot find the user '5'"),
        ("", None, "cannot find the user ''"),
        ("web", "none", "cannot find the group 'none'"),
        ("web", 5, "cannot find the group 5"),
    ],
)
def test_who_is_not_known_is_named(people, user, group, text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        identity(user, group)


@pytest.mark.parametrize("number", [-1, 2**70])
def test_a_number_that_is_none_is_not_known(number):
    with pytest.raises(ValueError, match="cannot find the user"):
        users.to_uid(number)


@pytest.mark.parametrize("thing", [True, 1.5, [], None])
def test_what_is_neither_name_nor_number_is_a_type_error(thing):
    with pytest.raises(TypeError, match="expected a name or a number"):
        users.to_uid(thing)
    with pytest.raises(TypeError, match="expected a name or a number"):
        users.to_gid(thing)


def test_single_questions(people):
    assert users.to_uid("web") == 33
    assert users.to_gid("log") == 44
    assert users.default_gid(33) == 33
    assert users.username(77) == "7up"


def test_a_nameless_user_is_in_the_asked_group_alone(people, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert identity(None, "log") == Identity(None, 44, (44,))


def test_the_real_user_is_found():
    name = pwd.getpwuid(os.getuid()).pw_name
    found = identity(name, None)
    assert found.uid == os.getuid()
    assert found.gid in found.groups
