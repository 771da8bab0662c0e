from __future__ import annotations

import sys

import pytest

from circus.exc import CircusError
from circus.plugins.file_reloader import FileReloader
from tests.helpers.plugs import alone

pytest.importorskip("watchfiles", reason="the package watchfiles is not installed")
APP = """
import os, signal
os.write(1, b"app of edition {}\\n")
while True: signal.pause()
"""


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("app.py", True),
        ("deep/down/app.py", True),
        ("app.txt", False),
        (".hidden.py", False),
        (".git/hook.py", False),
        ("deep/__pycache__/app.py", False),
        ("../elsewhere.py", False),
    ],
)
def test_a_file_counts_by_its_name_and_by_those_of_its_directories(tmp_path, name, counts):
    with alone(FileReloader, paths=str(tmp_path)) as plugin:
        assert plugin.counts(str((tmp_path / name).resolve())) is counts


def test_patterns_may_be_others_and_a_file_that_is_named_counts_anyway(tmp_path):
    named = tmp_path / "settings"
    named.touch()
    folder = tmp_path / "web"
    folder.mkdir()
    options = {"paths": f"{folder} {named}", "include": "*.html *.css", "ignore": "old*"}
    with alone(FileReloader, **options) as plugin:
        counts = [
            name
            for name in (
                "web/a.html",
                "web/b.css",
                "web/c.py",
                "web/old/d.css",
                "settings",
                "other",
            )
            if plugin.counts(str(tmp_path / name))
        ]
    assert counts == ["web/a.html", "web/b.css", "settings"]


@pytest.mark.parametrize(
    ("watcher", "reloaded"),
    [("", ["web", "Worker 1"]), ("w*", ["web", "Worker 1"]), ("web plugin:*", ["web", "plugin:x"])],
)
def test_the_watchers_that_are_meant_are_reloaded_gracefully(tmp_path, watcher, reloaded):
    statuses = {"web": "active", "Worker 1": "active", "plugin:x": "active"}
    answers = {"status": {"status": "ok", "statuses": statuses}}
    with alone(FileReloader, answers, paths=str(tmp_path), watcher=watcher) as plugin:
        plugin.changed(["a.py"])
        assert plugin.told == [("reload", {"name": name, "graceful": True}) for name in reloaded]


def test_a_path_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CircusError, match=r"cannot look at .*nowhere: there is no such file"):
        FileReloader("a", "b", 1.0, paths=f"{tmp_path} {tmp_path}/nowhere")


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    file = folder / "app.py"
    file.write_text(APP.format(0))
    return file


def begun(circusd, app, options):
    daemon = circusd(
        f"[watcher:web]\ncmd = {sys.executable} {app}\ncopy_env = True\n"
        "[watcher:other]\ncmd = sleep 600\n"
        "[plugin:files]\nuse = circus.plugins.file_reloader.FileReloader\n"
        f"watcher = web\ndebounce = 0.02\n{options}\n"
    )
    daemon.log.until("app of edition 0", "Starting")
    return daemon


@pytest.mark.parametrize(
    "options", ["paths = {app.parent}", "paths = {app}", "paths = {app.parent}\npolling = True"]
)
def test_a_source_file_that_is_edited_brings_its_new_edition(circusd, app, options):
    daemon = begun(circusd, app, options.format(app=app))
    events, other = daemon.events(), daemon.pids("other")
    edition = 0

    def edit():
        nonlocal edition
        edition += 1
        new = app.with_name("new")
        new.write_text(APP.format(edition))
        new.rename(app)

    heard = events.until("web", "reload", ring=edit)
    names = [one.name for one in heard if one.watcher == "web"]
    assert names.index("spawn") < names.index("kill")  # gracefully
    daemon.log.until(f"app of edition {edition}")
    assert daemon.pids("other") == other


def test_files_that_are_ignored_bring_nothing(circusd, app):
    daemon = begun(circusd, app, f"paths = {app.parent}")
    events = daemon.events()
    (app.parent / "notes.txt").write_text("nothing")
    (app.parent / ".hidden.py").write_text("nothing")

    def edit():
        app.write_text(APP.format(1))

    heard = events.until("web", "reload", ring=edit)
    assert "notes" not in daemon.log.so_far()
    assert [one.name for one in heard].count("reload") == 1
