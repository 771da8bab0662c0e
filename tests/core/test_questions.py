from __future__ import annotations

from math import inf

from circus.core.questions import Question, Questions


def asked(*untils):
    questions = Questions()
    for until in untils:
        questions.ask(Question("before_stop", until=until))
    return questions


def test_questions_are_numbered_from_one():
    assert list(asked(inf, inf).open) == [1, 2]


def test_a_question_is_answered_once():
    questions = asked(inf)
    assert questions.take(1) == Question("before_stop")
    assert questions.take(1) is None


def test_without_a_limit_nothing_is_ever_overdue():
    questions = asked(inf)
    assert questions.deadline() == inf
    assert questions.overdue(1e9) == []


def test_those_whose_limit_is_over_are_taken_out_the_nearest_first():
    questions = asked(30.0, 10.0, 20.0)
    assert questions.deadline() == 10.0
    assert [number for number, _ in questions.overdue(20.0)] == [2, 3]
    assert (list(questions.open), questions.deadline()) == ([1], 30.0)


def test_an_answer_ends_the_limit():
    questions = asked(10.0)
    questions.take(1)
    assert questions.deadline() == inf
    assert questions.overdue(10.0) == []


def test_a_limit_for_all_only_comes_nearer():
    questions = asked(inf, 5.0, 30.0)
    questions.limit(10.0)
    assert [question.until for question in questions.open.values()] == [10.0, 5.0, 10.0]
    assert [number for number, _ in questions.overdue(10.0)] == [2, 1, 3]
    assert questions.deadline() == inf


def test_the_hooks_about_an_end_are_known():
    questions = asked(inf)
    assert not questions.of_an_end()
    questions.ask(Question("after_reap", wid=1))
    assert questions.of_an_end()
