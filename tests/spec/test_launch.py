from __future__ import annotations

import dataclasses

import pytest

from circus.spec.launch import (
    DEVNULL,
    INHERIT,
    USUAL,
    Identity,
    Launcher,
    LaunchPlan,
    Terms,
    command_variables,
    given_sockets,
    handed_sockets,
    holds,
    import_path,
    socket_of,
    used_sockets,
    waking_sockets,
    words,
)
from circus.spec.model import WatcherSpec
from tests.helpers.refusal import refused


def argv(cmd, *, wid=1, env=None, sockets=None, environ=None, **options):
    launcher = Launcher(WatcherSpec("web", cmd, **options), environ)
    return list(launcher.plan(wid, env or {}, sockets or {}).argv)


@pytest.mark.parametrize(
    ("cmd", "options", "expected"),
    [
        ("foo", {}, ["foo"]),
        ("foo 'a b' c", {}, ["foo", "a b", "c"]),
        ("foo", {"args": "--x 'y z'"}, ["foo", "--x", "y z"]),
        ("foo", {"args": ("a b", "")}, ["foo", "a b", ""]),
        ("foo", {"args": ""}, ["foo"]),
        ("foo\nbar", {}, ["foo", "bar"]),
        ("foo", {"shell_args": "bar"}, ["foo"]),
    ],
)
def test_a_command_is_split_and_its_arguments_follow(cmd, options, expected):
    assert argv(cmd, **options) == expected


@pytest.mark.parametrize(
    ("cmd", "options", "expected"),
    [
        ("foo $X | bar > 'a b'", {}, ["/bin/sh", "-c", "foo $X | bar > 'a b'"]),
        ("foo", {"args": "--fd; bar"}, ["/bin/sh", "-c", "foo --fd; bar"]),
        ("foo", {"args": ("a b", "c")}, ["/bin/sh", "-c", "foo 'a b' c"]),
        ("foo", {"shell_args": "bar 'b z'"}, ["/bin/sh", "-c", "foo", "bar", "b z"]),
        ("foo", {"shell_args": ("b z",)}, ["/bin/sh", "-c", "foo", "b z"]),
        ("it's", {}, ["/bin/sh", "-c", "it's"]),
        ("foo", {"executable": "/bin/bash"}, ["/bin/bash", "-c", "foo"]),
    ],
)
def test_a_shell_gets_the_command_as_it_stands(cmd, options, expected):
    assert argv(cmd, shell=True, **options) == expected


@pytest.mark.parametrize(
    ("cmd", "expected"),
    [
        ("foo $(circus.wid) ((CIRCUS.wid))", ["foo", "7", "7"]),
        ("foo --fd=$(circus.sockets.WEB)", ["foo", "--fd=3"]),
        ("foo $(circus.env.NAME)", ["foo", "a 'b c"]),
        ("foo $(circus.env.name)", ["foo", "a 'b c"]),
        ("foo $(circus.env.EMPTY)", ["foo", ""]),
        ("foo $(circus.env.OUTSIDE)", ["foo", "out"]),
        ("foo $(circus.env.BOTH)", ["foo", "in"]),
        (
            "foo $(circus.sockets.other) $(circus.no)",
            ["foo", "$(circus.sockets.other)", "$(circus.no)"],
        ),
        ("foo $(circus.numprocesses) $(circus.shell)", ["foo", "4", "False"]),
        ("foo $(circus.rlimits.core) $(circus.use_fds)", ["foo", "5", "True"]),
        ("foo $(circus.flapping)", ["foo", "on"]),
        ("foo $WID", ["foo", "$WID"]),
    ],
)
def test_variables_are_filled_in_after_splitting_so_that_a_value_stays_one_word(cmd, expected):
    found = argv(
        cmd,
        wid=7,
        env={"NAME": "a 'b c", "EMPTY": "", "BOTH": "in"},
        environ={"OUTSIDE": "out", "BOTH": "out"},
        sockets={"web": 3},
        numprocesses=4,
        rlimits={"core": 5},
        use_sockets=True,
        freeform={"flapping": "on"},
    )
    assert found == expected


def test_each_item_of_a_list_of_arguments_is_filled_in():
    assert argv("foo", args=("$(circus.wid)", "x y")) == ["foo", "1", "x y"]
    assert argv("foo", args=("$(circus.env.A)",), env={"A": "b c"}, shell=True)[2] == "foo 'b c'"
    assert argv("foo", shell=True, shell_args="$(circus.wid)")[3] == "1"


def test_a_shell_sees_the_values_as_they_are():
    assert argv("echo $(circus.env.A)", env={"A": "b; c"}, shell=True)[2] == "echo b; c"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"cmd": "foo"}, False),
        ({"cmd": "foo $(circus.env.wid)"}, False),
        ({"cmd": "foo ((circus.WID))"}, True),
        ({"cmd": "foo", "args": "$(circus.wid)"}, True),
        ({"cmd": "foo", "args": ("a", "$(circus.wid)")}, True),
    ],
)
def test_it_is_known_whether_a_command_names_its_wid(options, names):
    assert Launcher(WatcherSpec("w", **options)).names_wid is names


def test_a_plan_says_everything_the_host_needs():
    spec = WatcherSpec(
        "web",
        "foo",
        executable="/opt/foo",
        working_dir="/srv",
        use_sockets=True,
        rlimits={"nofile": 5, "core": None},
    )
    identity = Identity(1000, 1001, (1001, 4))
    plan = Launcher(spec).plan(1, {"A": "1"}, {"web": 7, "api": 8}, identity, stdout=10, stderr=11)
    assert plan == LaunchPlan(
        argv=("foo",),
        env={"A": "1"},
        executable="/opt/foo",
        cwd="/srv",
        stdin=DEVNULL,
        stdout=10,
        stderr=11,
        inherit=(7, 8),
        rlimits=(("core", None), ("nofile", 5)),
        uid=1000,
        gid=1001,
        groups=(1001, 4),
    )


def test_by_itself_a_plan_keeps_what_circusd_has():
    plan = Launcher(WatcherSpec("web", "foo", close_child_stdin=False)).plan(1, {}, {"web": 7})
    assert plan == LaunchPlan(("foo",), {}, stdin=INHERIT)


def test_closed_outputs_win_over_streams():
    spec = WatcherSpec("web", "foo", close_child_stdout=True, close_child_stderr=True)
    plan = Launcher(spec).plan(1, {}, {}, stdout=10, stderr=11)
    assert (plan.stdout, plan.stderr) == (DEVNULL, DEVNULL)


def test_a_socket_can_be_the_standard_input():
    spec = WatcherSpec("web", "foo", stdin_socket="Web")
    assert Launcher(spec).plan(1, {}, {"web": 7}).stdin == 7
    message = "stdin_socket 'Web' does not exist"
    assert refused(Launcher(spec).plan, 1, {}, {}) == message


def test_an_open_quotation_is_refused_unless_a_shell_is_to_judge_it():
    spec = WatcherSpec("web", 'foo "')
    assert refused(Launcher, spec) == "No closing quotation"
    assert Launcher(dataclasses.replace(spec, shell=True)).plan(1, {}, {}).argv[2] == 'foo "'


def test_words_are_split_once():
    assert words(None) == ()
    assert words(("a b",)) == ("a b",)
    assert words("a 'b c'") == ("a", "b c")


def test_the_variables_of_a_whole_command_are_known():
    spec = WatcherSpec("w", "$(circus.wid)", args=("$(circus.env.A)",), shell_args="((circus.b))")
    assert command_variables(spec) == {"wid", "env.a", "b"}


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (WatcherSpec("web", "serve $(circus.sockets.www)"), {"www"}),
        (WatcherSpec("other", "sleep $(circus.env.www)"), set()),
        (WatcherSpec("in", "cat", stdin_socket="Door"), {"door"}),
        (WatcherSpec("two", "a", args="((circus.sockets.a)) $(circus.sockets.b)"), {"a", "b"}),
    ],
)
def test_the_sockets_that_a_watcher_names_are_known(spec, names):
    assert used_sockets(spec) == names


ASKS = WatcherSpec("a", "x $(circus.sockets.web.port) $(circus.sockets.api)", stdin_socket="In")


def test_a_part_of_an_address_uses_a_socket_but_does_not_give_it():
    assert used_sockets(ASKS) == {"web", "api", "in"}
    assert given_sockets(ASKS) == {"api", "in"}


def test_a_socket_whose_name_looks_like_a_part_comes_first():
    known = {"web", "web.port", "api"}
    assert given_sockets(ASKS, known) == {"web.port", "api", "in"}
    assert socket_of("web.port", known) == ("web.port", "")
    assert socket_of("web.port", {"web"}) == ("web", "port")
    assert socket_of("my.web", ()) == ("my.web", "")


def test_the_parts_of_an_address_are_filled_in():
    launcher = Launcher(WatcherSpec("a", "x $(circus.sockets.WEB.port) $(circus.sockets.web.no)"))
    places = {"web.port": "80"}
    plan = launcher.plan(1, {}, {"web": 3}, places=places)
    assert plan.argv == ("x", "80", "$(circus.sockets.web.no)")
    assert launcher.plan(1, {}, {"web": 3}).argv[1] == "$(circus.sockets.WEB.port)"


def test_the_terms_of_a_watcher_stand_in_its_plans():
    spec = WatcherSpec(
        "w", "foo", umask=0, nice=0, oom_score_adj=0, cpu_affinity=(0, 2), no_new_privs=True
    )
    assert Launcher(spec).plan(1, {}, {}).terms == Terms(0, 0, 0, (0, 2), no_new_privs=True)
    assert Launcher(WatcherSpec("w", "foo")).plan(1, {}, {}).terms == USUAL


KNOWN = {"api": 17, "door": 18, "web": 19}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"listen_fds": False}, ()),
        ({"listen_fds": True}, ("api", "door", "web")),
        ({"listen_fds": True, "cmd": "foo $(circus.sockets.WEB)"}, ("web",)),
        ({"listen_fds": True, "args": ("((circus.sockets.web))",)}, ("web",)),
        ({"listen_fds": True, "stdin_socket": "Door"}, ("door",)),
        ({"listen_fds": ("web", "api")}, ("web", "api")),
        ({"listen_fds": ("web", "gone"), "cmd": "foo $(circus.sockets.api)"}, ("web",)),
    ],
)
def test_the_sockets_that_are_handed_over_are_those_that_are_named_or_all(options, names):
    spec = WatcherSpec("w", **{"cmd": "foo", **options})
    assert handed_sockets(spec, KNOWN) == names
    assert Launcher(spec).plan(1, {}, KNOWN).listen == tuple(KNOWN[name] for name in names)


def test_a_process_is_told_of_its_sockets_by_their_new_numbers():
    options = {"args": "$(circus.sockets.web) $(circus.sockets.door)", "stdin_socket": "door"}
    spec = WatcherSpec("w", "foo", listen_fds=("web", "api"), use_sockets=True, **options)
    plan = Launcher(spec).plan(1, {"A": "1", "LISTEN_FDS": "9"}, KNOWN)
    assert plan.argv == ("foo", "3", "$(circus.sockets.door)")
    assert plan.env == {"A": "1", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:api"}
    assert (plan.stdin, plan.inherit, plan.listen) == (18, (), (19, 17))


def test_a_colon_in_the_name_of_a_socket_does_not_make_two_of_it():
    plan = Launcher(WatcherSpec("w", "foo", listen_fds=True)).plan(1, {}, {"a:b": 9})
    assert plan.env["LISTEN_FDNAMES"] == "a_b"


def test_without_a_socket_nothing_is_told():
    plan = Launcher(WatcherSpec("w", "foo", listen_fds=True)).plan(1, {}, {})
    assert (plan.env, plan.listen) == ({}, ())


@pytest.mark.parametrize(
    ("options", "env", "tells"),
    [
        ({"cmd": "worker"}, {}, False),
        ({"cmd": "worker --port 80$(circus.wid)"}, {}, True),
        ({"cmd": "worker", "args": "--port 80$(circus.wid)"}, {}, True),
        ({"cmd": "worker", "args": ("--port", "80((circus.wid))")}, {}, True),
        ({"cmd": "worker --port 80$(CIRCUS.WID)"}, {}, True),
        ({"cmd": "exec worker $0", "shell": True, "shell_args": "$(circus.wid)"}, {}, True),
        ({"cmd": "worker"}, {"PORT": "80$(circus.wid)"}, True),
        ({"cmd": "worker"}, {"PORT": "80((Circus.Wid))"}, True),
        ({"cmd": "worker"}, {"PORT": "80", "WID": "circus.wid"}, False),
        ({"cmd": "worker --about circus.wid"}, {"A": "$(circus.env.wid) $WID"}, False),
    ],
)
def test_a_process_is_told_its_wid_by_its_command_or_its_environment(options, env, tells):
    assert Launcher(WatcherSpec("w", **options)).tells_wid(env) is tells


def test_the_wid_is_filled_into_the_environment_and_nothing_else_is():
    env = {"PORT": "80$(circus.wid)", "OTHER": "$(circus.env.PORT) $HOME"}
    plan = Launcher(WatcherSpec("w", "worker -p $(circus.env.port)")).plan(7, env, {})
    assert plan.env == {"PORT": "807", "OTHER": "$(circus.env.PORT) $HOME"}
    assert plan.argv == ("worker", "-p", "807")
    assert env["PORT"] == "80$(circus.wid)"
    plain = {"HOME": "/"}
    assert Launcher(WatcherSpec("w", "worker")).plan(7, plain, {}).env is plain


@pytest.mark.parametrize(
    ("working_dir", "path", "found"),
    [
        (None, "", ["/circusd"]),
        ("/srv/web", "", ["/srv/web"]),
        ("web", "", ["/circusd/web"]),
        ("/srv/web", "/lib/a:/lib/b", ["/lib/a", "/lib/b", "/srv/web"]),
        ("/srv/web", "lib::.", ["/srv/web/lib", "/srv/web"]),
    ],
)
def test_hooks_are_looked_for_on_the_watchers_path_and_then_where_it_works(
    working_dir, path, found
):
    spec = WatcherSpec("web", "foo", working_dir=working_dir)
    env = {"PYTHONPATH": path} if path else {}
    assert list(import_path(spec, env, "/circusd")) == found


def test_a_part_of_an_address_does_not_hand_its_socket_over():
    spec = WatcherSpec("a", "x $(circus.sockets.web.port)", listen_fds=True)
    assert handed_sockets(spec, ("api", "web")) == ("api", "web")
    spec = dataclasses.replace(spec, args="$(circus.sockets.api)")
    assert handed_sockets(spec, ("api", "web")) == ("api",)


@pytest.mark.parametrize(
    ("options", "held"),
    [
        ({}, ()),
        ({"cmd": "x $(circus.sockets.web)"}, ()),
        ({"use_sockets": True}, ("api", "web")),
        ({"stdin_socket": "Web"}, ("web",)),
        ({"listen_fds": ("api",), "use_sockets": True}, ("api",)),
        ({"listen_fds": ("api",), "stdin_socket": "web"}, ("api", "web")),
    ],
)
def test_which_sockets_a_process_holds(options, held):
    known = ("api", "web")
    spec = WatcherSpec("a", **options)
    assert tuple(name for name in known if holds(spec, name, known)) == held


@pytest.mark.parametrize(
    ("options", "waking"),
    [
        ({}, ["web", "api"]),
        ({"cmd": "x $(circus.sockets.api)"}, ["api"]),
        ({"listen_fds": ("web",)}, ["web"]),
    ],
)
def test_which_sockets_wake_a_watcher(options, waking):
    assert waking_sockets(WatcherSpec("a", **options), ("web", "api")) == waking
