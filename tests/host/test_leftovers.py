import os

import pytest

from circus.host import facts, leftovers
from circus.host.leftovers import PolledSessions
from tests.helpers.kernel import Kernel


def nobody(_pid):
    return False


def test_a_group_that_may_not_be_signalled_answers(monkeypatch):
    kernel = Kernel(("killpg", (5, 0), PermissionError()))
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "os", kernel)
        assert PolledSessions(nobody).answers(5)
    kernel.done()


def test_a_number_that_was_given_away_in_the_midst_of_it_ends_the_session(monkeypatch):
    # 11 is in session 10 when it is looked at, but 10 itself is a stranger by then
    sids = [("getsid", (10,), 10), ("getsid", (11,), 10), ("getsid", (12,), ProcessLookupError())]
    with monkeypatch.context() as patch:
        patch.setattr(facts, "pids", lambda: [10, 11, 12])
        patch.setattr(facts, "alive", lambda _pid: True)
        patch.setattr(leftovers, "os", Kernel(*sids))
        assert PolledSessions(nobody).members([10]) == {10: []}
        patch.setattr(leftovers, "os", Kernel(*sids))
        assert PolledSessions({10}.__contains__).members([10]) == {10: [11]}


@pytest.mark.parametrize(("refusal", "count"), [(ProcessLookupError(), 1), (PermissionError(), 2)])
def test_a_member_that_may_not_be_signalled_is_there_and_one_that_ended_is_not(
    monkeypatch, refusal, count
):
    kernel = Kernel(
        ("getsid", (11,), 10),
        ("kill", (11, 9), refusal),
        ("getsid", (12,), 10),
        ("kill", (12, 9), 0),
    )
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "os", kernel)
        assert PolledSessions(nobody).signal(10, [11, 12], 9) == count
    kernel.done()


def test_nothing_watched_is_nothing_to_look_at(monkeypatch):
    monkeypatch.setattr(facts, "pids", lambda: pytest.fail("looked"))
    assert PolledSessions(nobody).gone() == []


def test_our_own_session_is_seen():
    # its leader may be this process or not; whoever it is owns the number here
    seen = PolledSessions(lambda _pid: True).members([os.getsid(0)])
    expected = {os.getpid()} - {os.getsid(0)}
    assert expected <= {*seen[os.getsid(0)]}
