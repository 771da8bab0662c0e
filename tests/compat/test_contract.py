"""We answer as Circus 0.19 did when it was recorded, but for the differences that are listed."""

from __future__ import annotations

import pytest

from tests.compat.contract import Field, changes, listed, recorded, unlisted

RECORDED = recorded()
LISTED = listed()


@pytest.mark.parametrize("scene", RECORDED)
def test_we_answer_as_circus_did_but_for_what_is_listed(ours, scene):
    wrong = []
    for step, old in RECORDED[scene].items():
        found = unlisted(step, changes(old, ours[scene][step]), LISTED.fields)
        known = LISTED.steps.get(f"{scene}: {step}", [])
        if found != known:
            wrong.append("\n    ".join([f"{scene}: {step}", *found, "but listed:", *known]))
    assert not wrong, "\n".join(wrong)


def test_the_recording_is_of_what_is_asked_now(ours):
    assert {scene: [*steps] for scene, steps in ours.items()} == {
        scene: [*steps] for scene, steps in RECORDED.items()
    }


def test_nothing_is_listed_that_nobody_asks():
    steps = {f"{scene}: {step}" for scene, steps in RECORDED.items() for step in steps}
    assert sorted(LISTED.steps.keys() - steps) == []


def test_every_field_that_is_listed_is_there(ours):
    unused = [
        field
        for field in LISTED.fields
        if not any(
            unlisted(step, found, [field]) != found
            for scene, steps in RECORDED.items()
            for step, old in steps.items()
            for found in [changes(old, ours[scene][step])]
        )
    ]
    assert unused == []


def test_every_difference_has_a_reason():
    assert [step for step, reason in LISTED.reasons.items() if not reason] == []
    assert [step for step, found in LISTED.steps.items() if not found] == []


OK = {"status": "ok", "time": "FLOAT", "id": "asked"}
BAD = {"status": "error", "errno": 3, "reason": "no", "tb": None, "time": "FLOAT", "id": "asked"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (OK, OK, []),
        (OK, {**OK, "up": 1}, ["up: nothing -> 1"]),
        ({**OK, "info": None}, OK, ["info: null -> nothing"]),
        ({**OK, "a": {"b": 1}}, {**OK, "a": {"b": 2}}, ["a.b: 1 -> 2"]),
        (OK, BAD, ['error 3: "no"']),
        (BAD, {**BAD, "tb": "TRACEBACK", "id": None}, ['error 3: "no" (id null) (traceback)']),
        (BAD, {**OK, "info": None}, ['ok {"info": null}']),
        (BAD, OK, ["ok"]),
        (None, BAD, ['error 3: "no"']),
        (OK, None, ["no answer"]),
        ({"out": "a\nb\n"}, {"out": "a\nc\n"}, ["out: - b", "out: + c"]),
    ],
)
def test_a_difference_is_told_in_full(old, new, found):
    assert changes(old, new) == found


def test_the_list_of_differences_is_read_as_it_is_meant():
    text = "# about\n== why\nfield status a.*\nread: status {}\n    b: 1 -> 2\n"
    assert listed(text) == (
        [Field("status", "a.*")],
        {"read: status {}": ["b: 1 -> 2"]},
        {"read: status {}": "why"},
    )


def test_a_listed_field_may_only_be_one_more():
    fields = [Field("status", "a.*")]
    found = ["a.b: nothing -> 1", "a.c: 1 -> 2", "d: nothing -> 1"]
    assert unlisted("status {}", found, fields) == found[1:]
    assert unlisted("list {}", found, fields) == found


def test_a_step_cannot_be_listed_twice():
    with pytest.raises(ValueError, match="twice"):
        listed("== why\na: b\n    ok\na: b\n    ok\n")
