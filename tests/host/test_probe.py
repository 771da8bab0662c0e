import errno
import os
import resource

import pytest

from circus.host import probe
from circus.host.probe import Answer, Capabilities
from tests.helpers.kernel import Kernel


def test_each_question_is_asked_once():
    assert probe.probe() is probe.probe()


def test_every_answer_has_a_name_and_a_reason():
    rows = probe.probe().describe()
    assert len(rows) == len(Capabilities.__dataclass_fields__) + 1
    assert all(isinstance(yes, bool) and name and reason for name, yes, reason in rows)
    assert rows[0][0] == "pidfd open"


@pytest.mark.parametrize("missing", ["pidfd_open", "pidfd_wait", "pidfd_signal", "epoll"])
def test_pidfds_are_used_all_or_not(missing):
    names = list(Capabilities.__dataclass_fields__)
    yes = dict.fromkeys(names, Answer(True, ""))
    assert Capabilities(**yes).pidfd
    assert not Capabilities(**{**yes, missing: Answer(False, "")}).pidfd


def test_what_the_kernel_refuses_is_missing(monkeypatch):
    refusal = OSError(errno.ENOSYS, "Function not implemented")
    kernel = Kernel(("getpid", (), 1), ("pidfd_open", (1,), refusal))
    with monkeypatch.context() as patch:
        patch.setattr(probe, "os", kernel)
        assert probe._ask(probe._pidfd_open) == Answer(
            False, "ENOSYS: this kernel has none, or a seccomp filter hides it"
        )
    kernel.done()


def test_what_python_lacks_is_missing(monkeypatch):
    monkeypatch.delattr(probe.select, "epoll")
    answer = probe._ask(probe._epoll)
    assert not answer.yes
    assert answer.reason.startswith("this Python has none:")


def test_waiting_by_pidfd_is_known_by_its_refusal(monkeypatch):
    def kernel(error):
        return Kernel(
            ("getpid", (), 1),
            ("pidfd_open", (1,), 9),
            ("waitid", None, error),
            ("close", (9,), None),
        )

    with monkeypatch.context() as patch:
        patch.setattr(probe, "os", kernel(ChildProcessError()))
        assert probe._ask(probe._pidfd_wait).yes
        patch.setattr(probe, "os", kernel(OSError(errno.EINVAL, "Invalid argument")))
        assert not probe._ask(probe._pidfd_wait).yes
        patch.setattr(probe, "os", kernel(None))
        assert not probe._ask(probe._pidfd_wait).yes


def test_privileges_are_those_of_the_kernel():
    answers = probe.probe()
    if os.geteuid() != 0:
        assert not answers.identities.yes
        assert "not privileged" in answers.identities.reason
    else:
        assert answers.identities.reason.startswith("watchers ")


def test_the_limit_of_descriptors_is_told():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        answer = probe._descriptors()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert answer.yes
    assert answer.reason.startswith("256 now, ")


def test_what_is_missing_says_what_is_done_instead():
    names = list(Capabilities.__dataclass_fields__)
    none = Capabilities(**dict.fromkeys(names, Answer(False, "because")))
    rows = {name.replace(" ", "_"): reason for name, _, reason in none.describe()}
    assert probe.INSTEAD.keys() <= rows.keys()
    for name, instead in probe.INSTEAD.items():
        assert rows[name] == f"because; {instead}"
    every = Capabilities(**dict.fromkeys(names, Answer(True, "fine")))
    assert {reason for _, _, reason in every.describe()[:-1]} == {"fine"}


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.EPERM, "EPERM: a seccomp filter forbids it, as some container runtimes do"),
        (errno.ENOSYS, "ENOSYS: this kernel has none, or a seccomp filter hides it"),
        (errno.EMFILE, "EMFILE: Too many open files"),
    ],
)
def test_a_refusal_is_explained(number, why):
    def question():
        raise OSError(number, os.strerror(number))

    assert probe._ask(question) == Answer(False, why)


def test_a_read_only_root_and_no_place_for_temporary_files_are_seen(monkeypatch):
    class Root:
        f_flag = os.ST_RDONLY

    def nowhere():
        raise FileNotFoundError

    monkeypatch.setattr(probe.os, "statvfs", lambda _path: Root)
    monkeypatch.setattr(probe.tempfile, "gettempdir", nowhere)
    assert probe._writable_root() == Answer(False, "the root file system is read-only")
    said = "no folder for temporary files can be written"
    assert probe._temporary_files() == Answer(False, said)


@pytest.mark.parametrize(("status", "yes"), [("0", True), (None, True), ("2", False), ("1", False)])
def test_a_filter_of_system_calls_is_seen(monkeypatch, status, yes):
    monkeypatch.setattr(probe, "_status", lambda _name: status)
    assert probe._all_system_calls().yes is yes


def test_without_a_process_table_the_answers_say_how_far_a_stop_reaches(monkeypatch):
    monkeypatch.setattr(probe.facts, "CAN_LIST", False)
    monkeypatch.setattr(probe.os, "access", lambda *_: False)
    assert probe._process_table() == Answer(False, f"no /proc: {probe.WITHOUT_TABLE}")
    assert not probe.probe().tree.yes
