import os
import re
import stat
import subprocess
import sys

import pytest

from circus import pidfile
from circus.host.descriptors import open_numbers
from circus.pidfile import Pidfile

HOLD = """
import os, sys
from circus.pidfile import Pidfile
mine = Pidfile(sys.argv[1])
sys.stdin.readline()
try:
    mine.create(os.getpid())
except RuntimeError as error:
    print(error, flush=True)
else:
    print("mine", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "circusd.pid"


@pytest.fixture
def others():
    """Return a function that starts another process, which waits for a line and takes a file."""
    started = []

    def start(path):
        command = [sys.executable, "-c", HOLD, str(path)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(*processes):
    """Let waiting processes go on, all at once; return what each says."""
    for process in processes:
        process.stdin.write("\n")
    return [process.stdout.readline().strip() for process in processes]


@pytest.fixture
def ended():
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def mine(path):
    """A pid file of this process."""
    made = Pidfile(str(path))
    made.create(os.getpid())
    yield made
    made.unlink()


def test_it_holds_the_pid_and_a_newline_for_all_to_read(path, mine):
    old = os.umask(0o077)
    try:
        mine.unlink()
        mine.create(os.getpid())
    finally:
        os.umask(old)
    assert path.read_text() == f"{os.getpid()}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert (mine.fname, mine.pid) == (str(path), os.getpid())


@pytest.mark.parametrize("content", ["", "\n", "hello", "0", "-5", "12 34", "9" * 30])
def test_a_file_that_names_nobody_is_taken_over(path, content):
    path.write_text(content)
    made = Pidfile(str(path))
    assert made.validate() is None
    made.create(os.getpid())
    assert path.read_text() == f"{os.getpid()}\n"
    made.unlink()


def test_a_dead_owner_is_followed(path, ended):
    path.write_text(f"{ended}\n")
    made = Pidfile(str(path))
    assert made.validate() is None
    made.create(os.getpid())
    assert made.validate() == os.getpid()
    made.unlink()


def test_a_live_owner_that_took_no_lock_is_respected(path):
    path.write_text(f"{os.getppid()}\n")
    made = Pidfile(str(path))
    said = f"pid file {str(path)!r} is stale, current pid {os.getppid()}"
    with pytest.raises(RuntimeError, match=re.escape(said)):
        made.create(os.getpid())
    made.unlink()
    assert path.read_text() == f"{os.getppid()}\n"


def test_its_own_pid_is_no_obstacle(path):
    path.write_text(f"{os.getpid()}\n")
    made = Pidfile(str(path))
    made.create(os.getpid())
    assert path.read_text() == f"{os.getpid()}\n"
    made.unlink()
    assert not path.exists()


def test_of_two_that_start_at_once_one_wins(path, others):
    one, two = others(path), others(path)
    said = go(one, two)
    winner = (one, two)[said.index("mine")]
    assert sorted(said)[1].startswith(f"pid file {str(path)!r} is ")
    assert path.read_text() == f"{winner.pid}\n"


def test_a_lock_counts_though_the_pid_says_nothing(path, others):
    other = others(path)
    assert go(other) == ["mine"]
    path.write_text("nobody\n")
    said = f"pid file {str(path)!r} is locked by a process that it does not name"
    with pytest.raises(RuntimeError, match=re.escape(said)):
        Pidfile(str(path)).create(os.getpid())


def test_a_file_that_its_owner_removes_meanwhile_is_made_anew(path, monkeypatch):
    lock = pidfile._lock

    def late(fd):
        monkeypatch.setattr(pidfile, "_lock", lock)
        path.unlink()
        return lock(fd)

    monkeypatch.setattr(pidfile, "_lock", late)
    before = open_numbers()
    made = Pidfile(str(path))
    made.create(os.getpid())
    assert path.read_text() == f"{os.getpid()}\n"
    made.unlink()
    assert not path.exists()
    assert open_numbers() == before


def test_a_killed_owner_leaves_no_lock(path, others):
    other = others(path)
    assert go(other) == ["mine"]
    other.kill()
    other.wait()
    made = Pidfile(str(path))
    made.create(os.getpid())
    assert made.validate() == os.getpid()
    made.unlink()


def test_a_program_that_we_start_does_not_get_the_lock(path, mine):
    inherited = [fd for fd in map(int, os.listdir("/dev/fd")) if fd > 2 and is_file(fd, path)]
    assert len(inherited) == 1
    assert not os.get_inheritable(inherited[0])


def is_file(fd, path):
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def test_taking_it_twice_in_one_process_is_taking_it_once(path, mine):
    again = Pidfile(str(path))
    again.create(os.getpid())
    mine.create(os.getpid())
    assert path.read_text() == f"{os.getpid()}\n"


def test_unlink_removes_the_file_once(path, mine):
    mine.unlink()
    assert not path.exists()
    mine.unlink()


@pytest.mark.parametrize(("content", "stays"), [("1\n", True), ("hello", False), ("", False)])
def test_unlink_leaves_the_pid_of_another(path, mine, content, stays):
    path.write_text(content)
    mine.unlink()
    assert path.exists() is stays


def test_unlink_leaves_a_file_that_took_our_place(path, mine):
    path.unlink()
    path.write_text("not ours")
    mine.unlink()
    assert path.read_text() == "not ours"


def test_unlink_leaves_what_was_never_taken(path):
    path.write_text("hello")
    Pidfile(str(path)).unlink()
    assert path.exists()


def test_another_can_have_what_was_let_go(path, mine, others):
    mine.unlink()
    assert go(others(path)) == ["mine"]


def test_rename_moves_to_another_file(path, mine, tmp_path):
    new = tmp_path / "new.pid"
    mine.rename(str(new))
    assert not path.exists()
    assert new.read_text() == f"{os.getpid()}\n"
    assert mine.fname == str(new)
    mine.unlink()
    assert not new.exists()


def test_rename_to_where_it_is_changes_nothing(path, mine):
    mine.rename(str(path))
    assert mine.validate() == os.getpid()


def test_a_refused_rename_keeps_the_old_file(path, mine, tmp_path):
    with pytest.raises(RuntimeError, match="doesn't exist"):
        mine.rename(str(tmp_path / "no" / "new.pid"))
    assert mine.fname == str(path)
    assert mine.validate() == os.getpid()


def test_a_rename_before_there_is_a_pid_only_changes_the_path(path, tmp_path):
    made = Pidfile(str(path))
    made.rename(str(tmp_path / "new.pid"))
    assert made.fname == str(tmp_path / "new.pid")
    assert os.listdir(tmp_path) == []


def test_without_a_path_it_is_a_temporary_file():
    made = Pidfile(None)
    assert made.validate() is None
    made.create(os.getpid())
    with open(made.fname, encoding="ascii") as file:
        assert file.read() == f"{os.getpid()}\n"
    made.unlink()
    assert not os.path.exists(made.fname)


def test_a_missing_directory_is_named(tmp_path):
    directory = tmp_path / "no"
    said = f"{directory} doesn't exist. Can't create pidfile"
    with pytest.raises(RuntimeError, match=re.escape(said)):
        Pidfile(str(directory / "circusd.pid")).create(os.getpid())


def test_a_link_is_not_followed(path, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path.symlink_to(victim)
    with pytest.raises(RuntimeError, match="cannot write pid file"):
        Pidfile(str(path)).create(os.getpid())
    assert victim.read_text() == "precious"


def test_only_a_plain_file_will_do(path):
    os.mkfifo(path)
    with pytest.raises(RuntimeError, match="it is not a plain file"):
        Pidfile(str(path)).create(os.getpid())
    assert stat.S_ISFIFO(path.stat().st_mode)
