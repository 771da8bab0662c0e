from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circus.core.fleet import Ended, Entry, FleetMachine, GroupAsked, Move, Moved, Overtaken
from circus.core.lifecycle import Tide
from circus.core.messages import Outcome, Reply

NAMES = ("a", "b", "c", "d")


class Shell:
    """Feeds a fleet, and remembers which watcher has still to answer which sweep."""

    def __init__(self, *entries, warmup=0.0):
        self.fleet = FleetMachine(warmup)
        self.fleet.tide = Tide.STEADY
        self.now = 100.0
        self.open = []
        for entry in entries or [Entry(name) for name in NAMES]:
            self.fleet.add(entry)

    def feed(self, *events):
        effects = self.fleet.feed(events, self.now)
        self.open += [(one.name, one.sweep) for one in effects if isinstance(one, Move)]
        assert self.fleet.feed([], self.now) == [], "a second look changed something"
        assert self.fleet.deadline() > self.now, "the deadline is not in the future"
        return effects

    def ask(self, verb, *names, ticket=1, **facts):
        return self.feed(GroupAsked(verb, names or None, ticket, **facts))

    def move(self, *names):
        """Let watchers do what was asked of them; return what follows."""
        done = [one for one in self.open if one[0] in names]
        self.open = [one for one in self.open if one not in done]
        return self.feed(*(Moved(name, sweep) for name, sweep in done))

    def wait(self, seconds):
        self.now += seconds
        return self.feed()


def moves(effects):
    return [(one.verb, one.name) for one in effects if isinstance(one, Move)]


def replies(effects):
    return {one.ticket: one.outcome for one in effects if isinstance(one, Reply)}


BY_PRIORITY = [Entry("low", 1), Entry("high", 9), Entry("mid", 5), Entry("other", 5)]


# --- order ----------------------------------------------------------------------------------------


def test_watchers_stand_by_priority_and_ties_in_the_order_they_came():
    assert Shell(*BY_PRIORITY).fleet.in_order() == ["high", "mid", "other", "low"]


def test_starting_goes_by_priority_and_those_of_one_priority_go_side_by_side():
    shell = Shell(*BY_PRIORITY)
    assert moves(shell.ask("start")) == [("start", "high")]
    assert moves(shell.move("high")) == [("start", "mid"), ("start", "other")]
    assert shell.move("other") == []
    assert moves(shell.move("mid")) == [("start", "low")]
    assert shell.move("low") == [Reply(1, Outcome())]


@pytest.mark.parametrize("verb", ["stop", "quit"])
def test_stopping_is_one_step_for_all_in_reverse_order(verb):
    shell = Shell(*BY_PRIORITY)
    assert moves(shell.ask(verb)) == [
        (verb, "low"),
        (verb, "other"),
        (verb, "mid"),
        (verb, "high"),
    ]
    assert shell.move("high", "mid", "low") == []
    assert replies(shell.move("other")) == {1: Outcome()}


def test_what_is_left_to_be_told_of_a_move_is_in_the_answer():
    shell = Shell(Entry("a"), Entry("b"))
    shell.ask("stop")
    shell.feed(Moved("a", 1, "tea is left"))
    told = shell.feed(Moved("b", 1, "and so is cake"))
    assert replies(told) == {1: Outcome(error="tea is left; and so is cake")}


def test_a_restart_stops_all_before_it_starts_the_first():
    shell = Shell(Entry("a"), Entry("b", 1))
    assert moves(shell.ask("restart")) == [("stop", "a"), ("stop", "b")]
    assert shell.move("a") == []
    assert moves(shell.move("b")) == [("start", "b")]
    assert moves(shell.move("b")) == [("start", "a")]
    assert replies(shell.move("a")) == {1: Outcome()}


def test_a_reload_takes_one_after_the_other_in_order():
    shell = Shell(Entry("a"), Entry("b", 1), Entry("c"))
    assert moves(shell.ask("reload")) == [("reload", "b")]
    assert moves(shell.move("b")) == [("reload", "a")]
    assert moves(shell.move("a")) == [("reload", "c")]
    assert replies(shell.move("c")) == {1: Outcome()}


def test_a_watcher_without_autostart_is_stopped_and_reloaded_with_all_but_not_started():
    entries = (Entry("a"), Entry("b", autostart=False))
    assert moves(Shell(*entries).ask("start")) == [("start", "a")]
    assert moves(Shell(*entries).ask("stop")) == [("stop", "b"), ("stop", "a")]
    shell = Shell(*entries)
    shell.ask("restart")
    assert moves(shell.move("a", "b")) == [("start", "a")]
    shell = Shell(*entries)
    shell.ask("reload")
    assert moves(shell.move("a")) == [("reload", "b")]


def test_only_the_named_are_moved_and_in_the_fleet_s_order():
    shell = Shell(*BY_PRIORITY)
    assert moves(shell.ask("stop", "high", "low")) == [("stop", "low"), ("stop", "high")]


def test_a_watcher_that_is_known_differently_is_moved_by_what_is_known_now():
    shell = Shell(Entry("a"), Entry("b"))
    shell.fleet.add(Entry("b", 7))
    assert shell.fleet.in_order() == ["b", "a"]


# --- warm-up --------------------------------------------------------------------------------------


def test_with_a_warm_up_watchers_start_one_by_one_so_many_seconds_apart():
    shell = Shell(Entry("a"), Entry("b"), warmup=2.0)
    assert moves(shell.ask("start")) == [("start", "a")]
    assert shell.fleet.deadline() == inf, "it is waited for the first"
    assert shell.move("a") == []
    assert shell.fleet.deadline() == shell.now + 2.0
    assert shell.wait(1.5) == []
    assert moves(shell.wait(0.5)) == [("start", "b")]
    assert shell.fleet.deadline() == inf
    assert replies(shell.move("b")) == {1: Outcome()}, "nothing is waited for after the last"


def test_the_warm_up_begins_when_a_watcher_has_started_however_long_that_took():
    shell = Shell(Entry("a"), Entry("b"), warmup=2.0)
    shell.ask("start")
    assert shell.wait(9.0) == []
    assert shell.move("a") == []
    assert shell.wait(1.9) == []
    assert moves(shell.wait(0.1)) == [("start", "b")]


def test_a_restart_of_a_group_does_not_wait_between_its_stop_and_the_first_start():
    shell = Shell(Entry("a"), Entry("b"), warmup=2.0)
    shell.ask("restart")
    shell.move("a")
    assert moves(shell.move("b")) == [("start", "a")]


def test_a_warm_up_does_not_slow_a_stop_down():
    shell = Shell(Entry("a"), Entry("b"), warmup=2.0)
    assert moves(shell.ask("stop")) == [("stop", "b"), ("stop", "a")]


# --- overtaken ------------------------------------------------------------------------------------


def test_a_newer_group_takes_its_watchers_out_of_the_older_which_says_so():
    shell = Shell(Entry("a", 2), Entry("b", 1))
    shell.ask("start", ticket=1)
    assert moves(shell.ask("stop", "b", ticket=2)) == [("stop", "b")]
    assert replies(shell.move("a")) == {1: Outcome(error="superseded by stop", by="stop")}
    assert replies(shell.move("b")) == {2: Outcome()}


def test_a_group_that_loses_all_is_answered_at_once_and_its_late_moves_are_ignored():
    shell = Shell(Entry("a"))
    shell.ask("start", ticket=1)
    effects = shell.ask("stop", ticket=2)
    assert replies(effects) == {1: Outcome(error="superseded by stop", by="stop")}
    assert shell.feed(Moved("a", 1)) == []
    assert replies(shell.feed(Moved("a", 2))) == {2: Outcome()}


def test_a_command_for_one_watcher_alone_takes_it_out_of_every_group():
    shell = Shell(Entry("a", 2), Entry("b", 1), Entry("c", 0))
    shell.ask("start")
    assert shell.feed(Overtaken("b", "stop")) == []
    assert moves(shell.move("a")) == [("start", "c")]
    assert replies(shell.move("c")) == {1: Outcome(error="superseded by stop", by="stop")}


def test_who_was_not_part_of_a_group_is_not_missed_by_it():
    shell = Shell(Entry("a"), Entry("b"))
    shell.ask("start", "a", ticket=1)
    shell.feed(Overtaken("b", "stop"))
    assert replies(shell.move("a")) == {1: Outcome()}


def test_who_has_moved_already_is_not_missed_when_it_moves_on():
    shell = Shell(Entry("a", 2), Entry("b", 1))
    shell.ask("start", ticket=1)
    shell.move("a")
    shell.feed(Overtaken("a", "stop"))
    assert replies(shell.move("b")) == {1: Outcome()}


def test_groups_of_different_watchers_move_side_by_side():
    shell = Shell()
    assert moves(shell.ask("start", "a", ticket=1)) == [("start", "a")]
    assert moves(shell.ask("stop", "b", ticket=2)) == [("stop", "b")]
    assert replies(shell.move("b")) == {2: Outcome()}
    assert replies(shell.move("a")) == {1: Outcome()}


# --- nobody and unknown ---------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["start", "stop", "restart", "reload"])
def test_a_group_of_nobody_is_answered_at_once(verb):
    shell = Shell()
    assert shell.feed(GroupAsked(verb, (), 5)) == [Reply(5, Outcome())]


def test_an_unknown_watcher_is_passed_over():
    shell = Shell()
    assert moves(shell.ask("start", "a", "nobody")) == [("start", "a")]
    assert shell.feed(Overtaken("nobody", "stop"), Moved("nobody", 1), Moved("a", 99)) == []
    assert replies(shell.move("a")) == {1: Outcome()}


def test_a_watcher_that_was_forgotten_is_not_moved():
    shell = Shell()
    shell.fleet.remove("a")
    shell.fleet.remove("nobody")
    assert moves(shell.ask("stop")) == [("stop", "d"), ("stop", "c"), ("stop", "b")]


def test_where_nobody_waits_nothing_is_answered():
    shell = Shell(Entry("a"))
    shell.ask("start", ticket=0)
    assert shell.move("a") == []


# --- the tide -------------------------------------------------------------------------------------


def test_the_fleet_is_steady_when_its_first_start_is_over():
    shell = Shell(Entry("a"))
    shell.fleet.tide = Tide.DOWN
    shell.ask("start", first=True)
    assert shell.fleet.tide is Tide.RISING
    shell.move("a")
    assert shell.fleet.tide is Tide.STEADY


def test_a_first_start_that_was_overtaken_is_over_too():
    shell = Shell(Entry("a"))
    shell.ask("start", first=True)
    shell.ask("stop", ticket=2)
    assert shell.fleet.tide is Tide.STEADY


def test_quit_takes_all_watchers_and_the_end_comes_when_the_last_is_down():
    shell = Shell(Entry("a", 2), Entry("b", 1))
    shell.ask("start", ticket=1, first=True)
    effects = shell.ask("quit", ticket=2)
    assert replies(effects) == {1: Outcome(error="superseded by quit", by="quit")}
    assert moves(effects) == [("quit", "b"), ("quit", "a")]
    assert shell.fleet.tide is Tide.FALLING
    assert shell.feed(Moved("a", 2)) == []
    assert shell.feed(Moved("b", 2)) == [Reply(2, Outcome()), Ended()]
    assert shell.fleet.tide is Tide.DOWN


def test_a_quit_is_never_overtaken():
    shell = Shell(Entry("a"))
    shell.ask("quit", ticket=1)
    shell.feed(Overtaken("a", "stop"))
    shell.ask("stop", ticket=2)
    assert shell.move("a") == [Reply(1, Outcome()), Ended(), Reply(2, Outcome())]


def test_quit_without_watchers_ends_at_once():
    fleet = FleetMachine()
    fleet.feed([GroupAsked("start", first=True)], 0.0)
    assert fleet.feed([GroupAsked("quit", None, 1)], 0.0) == [Reply(1, Outcome()), Ended()]


def test_who_quits_twice_gets_two_answers_and_one_end():
    shell = Shell(Entry("a"))
    shell.ask("quit", ticket=1)
    assert moves(shell.ask("quit", ticket=2)) == [("quit", "a")]
    assert shell.move("a") == [Reply(1, Outcome()), Ended(), Reply(2, Outcome())]
    shell.ask("quit", ticket=3)
    assert shell.move("a") == [Reply(3, Outcome())]


# --- random histories -----------------------------------------------------------------------------


class Random(Shell):
    """A shell that never errs, with a record of who moved a watcher last.

    Once the fleet is down it lets only ``stop`` and ``quit`` pass, as the arbiter does.
    """

    def __init__(self, warmup):
        entries = [Entry("a", 1), Entry("b", 1), Entry("c", 0), Entry("d", 2, autostart=False)]
        super().__init__(*entries, warmup=warmup)
        self.tickets = set()
        self.owner = {}
        self.sweep_verbs = {}
        self.started = {}
        self.ends = 0

    def step(self, kind, draw, names):
        falling = self.fleet.tide in (Tide.FALLING, Tide.DOWN)
        verbs = ["start", "stop", "restart", "reload"] * 3 + ["quit"]
        if self.fleet.tide is Tide.DOWN:
            verbs = ["stop", "quit"]
        if kind == "ask":
            self.command(verbs[draw % len(verbs)], names)
        elif kind == "overtake" and not falling:
            for name in names[:1]:
                self.owner[name] = None
                self.heard(self.feed(Overtaken(name, "incr")))
        elif kind == "move" and self.open:
            self.answer(draw)
        elif kind == "wait":
            self.heard(self.wait(draw / 10))

    def command(self, verb, names):
        number = len(self.sweep_verbs) + 1
        self.sweep_verbs[number] = verb
        everybody = verb == "quit" or not names
        for name in NAMES if everybody else names:
            self.owner[name] = number
        self.tickets.add(number)
        self.heard(self.feed(GroupAsked(verb, None if everybody else tuple(names), number)))

    def answer(self, draw):
        name, sweep = self.open.pop(draw % len(self.open))
        self.heard(self.feed(Moved(name, sweep)))

    def heard(self, effects):
        for effect in effects:
            if isinstance(effect, Reply):
                self.tickets.remove(effect.ticket)  # KeyError: answered twice
            elif isinstance(effect, Ended):
                self.ends += 1
            else:
                self.check_move(effect)

    def check_move(self, move):
        mine = self.owner[move.name] == move.sweep
        assert mine or self.sweep_verbs[move.sweep] == "quit", "somebody newer moves it"
        if move.verb == "start" and self.fleet.warmup:
            last = self.started.get(move.sweep, -inf)
            assert self.now - last >= self.fleet.warmup, "started before the warm-up was over"
            self.started[move.sweep] = self.now

    def come_to_rest(self):
        for _ in range(1000):
            if self.open:
                self.answer(0)
            elif self.fleet.deadline() < inf:
                self.heard(self.wait(self.fleet.deadline() - self.now))
            else:
                return
        pytest.fail("never came to rest")


STEPS = st.tuples(
    st.sampled_from(["ask", "overtake", "move", "move", "move", "wait"]),
    st.integers(0, 30),
    st.lists(st.sampled_from(NAMES), max_size=3),
)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.lists(STEPS, max_size=40), st.sampled_from([0.0, 1.0]))
def test_whatever_is_asked_the_fleet_comes_to_rest_with_every_ticket_answered_once(steps, warmup):
    shell = Random(warmup)
    for step in steps:
        shell.step(*step)
    shell.come_to_rest()
    assert shell.tickets == set()
    assert shell.fleet.sweeps == {}
    quitted = "quit" in shell.sweep_verbs.values()
    assert shell.ends == quitted
    assert shell.fleet.tide is (Tide.DOWN if quitted else Tide.STEADY)
