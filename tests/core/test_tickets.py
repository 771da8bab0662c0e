from __future__ import annotations

import pytest

from circus.core.crowd import Member
from circus.core.goal import SUPERSEDES
from circus.core.lifecycle import Child
from circus.core.messages import Outcome, Reply
from circus.core.tickets import WANT_PROCESSES, Ticket, Tickets

VERBS = ("start", "stop", "restart", "reload", "set", "incr", "decr", "kill", "rm", "quit")

TAKEN = {
    "start": "stop restart reload rm",
    "stop": "start restart reload",
    "restart": "start stop reload",
    "reload": "start stop restart",
    "rm": "start stop restart reload set incr decr kill",
    "quit": "start restart reload set incr decr",
    "set": "",
    "incr": "",
    "decr": "",
    "kill": "",
}


def waiting(*verbs):
    tickets = Tickets()
    for number, verb in enumerate(verbs, 1):
        tickets.add(Ticket(number, verb))
    return tickets


def everybody(ticket):
    return True


def nobody():
    return ()


def none(ticket):
    return ()


def test_every_verb_has_its_row():
    assert set(TAKEN) == set(VERBS)
    assert set(SUPERSEDES) <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("older", VERBS)
def test_a_newer_verb_takes_over_the_requests_that_it_contradicts(verb, older):
    tickets = waiting(older)
    replies = tickets.supersede(verb)
    if older in TAKEN[verb].split():
        assert replies == [Reply(1, Outcome(error=f"superseded by {verb}", by=verb))]
        assert tickets.open == []
    else:
        assert replies == []
        assert [ticket.number for ticket in tickets.open] == [1]


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_takes_over_its_own_kind(verb):
    assert waiting(verb).supersede(verb) == []


def test_those_taken_over_are_answered_in_the_order_they_came():
    tickets = waiting("start", "kill", "restart", "start")
    assert [reply.ticket for reply in tickets.supersede("stop")] == [1, 3, 4]
    assert [ticket.number for ticket in tickets.open] == [2]


def test_who_does_not_wait_is_not_answered():
    tickets = Tickets()
    tickets.add(Ticket(0, "start"))
    assert tickets.open == []
    assert tickets.supersede("stop") == []


def test_a_request_whose_goal_is_met_is_answered_once_the_others_wait_on():
    tickets = waiting("start", "stop", "start")
    replies = tickets.settle(lambda ticket: ticket.verb == "start", nobody, none)
    assert [reply.ticket for reply in replies] == [1, 3]
    assert tickets.settle(lambda ticket: ticket.verb == "start", nobody, none) == []
    assert [reply.ticket for reply in tickets.settle(everybody, nobody, none)] == [2]
    assert tickets.settle(everybody, nobody, none) == []


def test_the_pids_are_counted_only_when_somebody_is_answered():
    def pids():
        pytest.fail("they were counted")

    assert Tickets().settle(everybody, pids, none) == []
    assert waiting("start").settle(lambda ticket: False, pids, none) == []


def test_an_answer_tells_who_came_who_went_and_who_stayed_sorted():
    ticket = Ticket(1, "reload", before=(3, 1, 2))
    outcome = ticket.outcome((9, 2, 8, 3), (1,))
    assert outcome == Outcome(started=(8, 9), stopped=(1,), kept=(2, 3), survivors=(1,))


@pytest.mark.parametrize("verb", VERBS)
def test_a_watcher_that_gave_up_tells_those_who_wanted_processes(verb):
    tickets = waiting(verb)
    tickets.fail("cannot exec 'foo'")
    (reply,) = tickets.settle(everybody, nobody, none)
    assert (reply.outcome.error == "cannot exec 'foo'") == (verb in WANT_PROCESSES)


def test_those_who_end_processes_do_not_want_any():
    assert set(VERBS) - {"stop", "rm", "quit", "kill", "decr"} == WANT_PROCESSES


def test_a_kill_is_over_when_the_last_of_its_members_is_gone():
    members = [Member(wid, 0, Child.STOPPING) for wid in (1, 2, 3)]
    ticket = Ticket(1, "kill", members=list(members))
    assert not ticket.members_gone()
    for member in members[1:]:
        member.phase = Child.GONE
        assert not ticket.members_gone()
    members[0].phase = Child.LEFTOVERS
    assert not ticket.members_gone()
    members[0].phase = Child.GONE
    assert ticket.members_gone()


def test_a_kill_of_nobody_is_over_at_once():
    assert Ticket(1, "kill").members_gone()
