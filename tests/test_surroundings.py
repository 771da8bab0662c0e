from __future__ import annotations

import os
import sys

import pytest

from circus import surroundings
from circus.exc import MessageError, StartError
from circus.spec.environment import Virtualenv
from circus.spec.finding import Severity
from circus.spec.model import WatcherSpec
from circus.surroundings import Surroundings, look, read, virtualenv
from tests.helpers.floor import Talk, play, sh
from tests.helpers.refusal import refused

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def venv(tmp_path):
    """A virtualenv of our own Python's version, in as far as a supervisor looks at it."""
    home = tmp_path / "venv"
    (home / "lib" / f"python{VERSION}" / "site-packages").mkdir(parents=True)
    (home / "bin").mkdir()
    return home


def packages(home, kind="python", version=VERSION):
    return home / "lib" / f"{kind}{version}" / "site-packages"


# --- the file -------------------------------------------------------------------------------------


def test_a_file_is_read(tmp_path):
    path = tmp_path / "app.env"
    path.write_bytes(b"A=caf\xc3\xa9\nB=\xff\n")
    assert read(str(path)) == {"A": "café", "B": "\udcff"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.env", "No such file or directory"),
        ("folder", "it is no regular file"),
        ("pipe", "it is no regular file"),
        ("big.env", "it has more than 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, reason):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big.env").write_bytes(b"#" * (surroundings.LARGEST + 1))
    path, before = tmp_path / name, os.listdir("/proc/self/fd")
    assert refused(read, str(path)) == f"cannot read the env_file {path}: {reason}"
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_file_that_is_just_not_too_large_is_read(tmp_path):
    path = tmp_path / "app.env"
    path.write_bytes(b"A=1\n".ljust(surroundings.LARGEST, b"#"))
    assert read(str(path)) == {"A": "1"}


def test_a_line_that_is_not_understood_is_named_and_its_value_is_not(tmp_path):
    path = tmp_path / "app.env"
    path.write_text("A=1\nPASSWORD='tea")
    message = f"cannot read the env_file {path}:2: the quotation that ' opens has no end"
    assert refused(read, str(path)) == message


def spec(**options):
    return WatcherSpec("web", "x", **options)


def test_the_file_lies_between_what_is_copied_and_what_is_configured(tmp_path):
    (tmp_path / "app.env").write_text("A=file\nB=file\nC=file\n")
    options = {"copy_env": True, "env": {"C": "env"}, "working_dir": str(tmp_path)}
    around = Surroundings(spec(env_file="app.env", **options), {"A": "own", "D": "own"}, [])
    assert around.made == {"A": "own", "C": "env", "D": "own"}
    assert around.at_launch(around.made) == {"A": "file", "B": "file", "C": "env", "D": "own"}


def test_the_file_is_read_at_each_launch_and_changes_of_the_environment_stay(tmp_path):
    file = tmp_path / "app.env"
    around = Surroundings(spec(env_file=str(file), env={"C": "1", "D": "1"}), {}, [])
    env = {**around.made, "A": "hook", "C": "hook"}
    del env["D"]
    file.write_text("A=1\nB=1\n")
    assert around.at_launch(env) == {"A": "hook", "B": "1", "C": "hook"}
    file.write_text("B=2\n")
    assert around.at_launch(env) == {"A": "hook", "B": "2", "C": "hook"}


def test_without_a_file_a_process_is_given_the_very_environment():
    env = {"A": "1"}
    assert Surroundings(spec(), {}, []).at_launch(env) is env


# --- the virtualenv -------------------------------------------------------------------------------


def test_a_virtualenv_is_looked_at(venv):
    found = virtualenv(spec(virtualenv=str(venv), copy_env=True))
    assert found == Virtualenv(str(venv / "bin"), str(packages(venv)))


def test_a_virtualenv_may_lie_below_the_directory_of_circusd(venv, monkeypatch):
    monkeypatch.chdir(venv.parent)
    assert virtualenv(spec(virtualenv="venv")) == virtualenv(spec(virtualenv=str(venv)))


@pytest.mark.parametrize("kind", ["python", "pypy"])
def test_a_virtualenv_may_be_of_another_python(tmp_path, kind):
    packages(tmp_path, kind, "2.7").mkdir(parents=True)
    found = virtualenv(spec(virtualenv=str(tmp_path), virtualenv_py_ver="2.7"))
    assert found == Virtualenv(None, str(packages(tmp_path, kind, "2.7")))


def test_what_the_packages_name_is_found_and_nothing_is_executed(venv, tmp_path):
    for name in ("a", "b", "c.zip"):
        (tmp_path / name).touch()
    folder = packages(venv)
    (folder / "inside").mkdir()
    lines = f"# x\n\nimport sys; sys.exit(9)\n{tmp_path}/b\n{tmp_path}/none\ninside\n"
    (folder / "two.pth").write_text(lines)
    (folder / "one.pth").write_text(f"{tmp_path}/c.zip")
    (folder / ".hidden.pth").write_text(f"{tmp_path}/a")
    (folder / "other.txt").write_text(f"{tmp_path}/a")
    found = virtualenv(spec(virtualenv=str(venv)))
    assert found.linked == (f"{tmp_path}/c.zip", f"{tmp_path}/b", str(folder / "inside"))


def test_a_virtualenv_without_packages_is_refused(tmp_path):
    folder = packages(tmp_path, version="2.7")
    message = f"cannot use the virtualenv '{tmp_path}': there is no {folder}"
    wrong = spec(virtualenv=str(tmp_path), virtualenv_py_ver="2.7")
    assert refused(virtualenv, wrong) == message
    assert refused(Surroundings, wrong, {}, []) == message


def test_a_virtualenv_that_cannot_be_read_is_refused(venv):
    (packages(venv) / "a.pth").mkdir()
    assert refused(virtualenv, spec(virtualenv=str(venv))) == (
        f"cannot use the virtualenv '{venv}': cannot read {packages(venv)}/a.pth: Is a directory"
    )


# --- what is wrong --------------------------------------------------------------------------------


def test_nothing_is_wrong_with_a_watcher_without_files():
    assert list(look(spec())) == []


def test_what_is_wrong_with_the_files_is_told_by_option(tmp_path):
    wrong = spec(virtualenv=str(tmp_path), copy_env=True, env_file="none.env")
    (serious, option, _), (doubt, other, text) = look(wrong)
    assert (serious, option) == (Severity.ERROR, "virtualenv")
    assert (doubt, other) == (Severity.WARNING, "env_file")
    assert text == (
        "cannot read the env_file none.env: No such file or directory;"
        " it is read again at each launch"
    )


# --- a watcher whose options change ---------------------------------------------------------------


def test_a_watcher_keeps_its_very_environment_while_nothing_about_it_changes():
    async def scene(floor):
        web = floor.watcher(env={"A": "1"})
        env = web.env
        await web.set_options({"graceful_timeout": 3})
        assert web.env is env

    play(scene)


def test_copying_the_environment_can_be_switched_on_and_off(monkeypatch):
    monkeypatch.setenv("CIRCUS_TEA", "hot")

    async def scene(floor):
        web = floor.watcher(env={"A": "1"})
        web.env["HOOK"] = "1"
        await web.set_options({"copy_env": True})
        assert (web.env["CIRCUS_TEA"], web.env["A"], web.env["HOOK"]) == ("hot", "1", "1")
        await web.set_options({"copy_env": False})
        assert web.env == {"A": "1", "HOOK": "1"}

    play(scene)


def test_an_environment_that_is_set_is_the_whole_one_and_only_a_file_lies_below(tmp_path):
    (tmp_path / "app.env").write_text("A=file\nB=file\n")

    async def scene(floor):
        web = floor.watcher(copy_env=True, env={"A": "1"}, env_file=str(tmp_path / "app.env"))
        web.env["HOOK"] = "1"
        await web.set_options({"env": {"B": "2"}})
        assert web.env == {"B": "2"}
        assert web.surroundings.at_launch(web.env) == {"A": "file", "B": "2"}
        await web.set_options({"env_file": ""})
        assert web.surroundings.at_launch(web.env) == {"B": "2"}
        await web.set_options({"copy_env": False})
        await web.set_options({"copy_env": True})
        assert web.env == {**os.environ, "B": "2"}

    play(scene)


def test_a_virtualenv_that_cannot_be_used_changes_nothing(tmp_path):
    async def scene(floor):
        web = floor.watcher(copy_env=True)
        before = web.spec, web.env
        with pytest.raises(MessageError, match="cannot use the virtualenv"):
            await web.set_options({"virtualenv": str(tmp_path)})
        assert (web.spec, web.env) == before

    play(scene)


def test_a_file_that_cannot_be_used_is_an_error_of_that_launch_alone(tmp_path):
    file = tmp_path / "app.env"

    async def scene(floor):
        talk = Talk()
        said = sh("echo $TEA; exec sleep 600")
        stream = {"stdout_stream": {"stream": talk}}
        web = floor.watcher(**said, **stream, env_file=str(file), max_retry=1)
        for text, reason in ((None, ": No such file"), ("A=1\nTEA", ":2: expected NAME=VALUE")):
            if text:
                file.write_text(text)
            with pytest.raises(StartError, match=f"cannot read the env_file {file}{reason}"):
                await web.start()
        file.write_text("TEA=hot")
        await web.start()
        assert await talk.until() == ["hot"]
        assert next(iter(web.processes.values())).env == {"TEA": "hot"}

    play(scene)
