from __future__ import annotations

import errno

import pytest

from circus import exc

ERRORS = [
    value
    for value in vars(exc).values()
    if isinstance(value, type) and issubclass(value, exc.CircusError)
]


def raised(error):
    """Make one of an error that takes a sentence, or what its class wants instead."""
    wants = {
        exc.LaunchError: ("exec", errno.ENOENT, "foo"),
        exc.ConfigError: (["one", "two"],),
    }
    return error(*wants.get(error, ("sentence",)))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_a_circus_error_with_a_wire_number_and_an_exit_code(error):
    made = raised(error)
    assert isinstance(made, exc.CircusError)
    assert 0 <= made.errno <= exc.BAD_MSG_DATA_ERROR
    assert made.exit_code > 0
    assert str(made)


def test_the_numbers_are_those_of_the_wire():
    numbers = {error.__name__: error.errno for error in ERRORS if error.errno != exc.COMMAND_ERROR}
    assert numbers == {"InvalidJSON": 1, "UnknownCommand": 2, "MessageError": 3}
    assert (exc.NOT_SPECIFIED, exc.OS_ERROR, exc.COMMAND_ERROR) == (0, 4, 5)


def test_who_catches_a_conflict_catches_what_was_superseded():
    with pytest.raises(exc.ConflictError, match=r"^superseded by stop$") as caught:
        raise exc.Superseded("stop")
    assert caught.value.by == "stop"


def test_a_start_that_was_given_up_tells_the_reason():
    reason = "cannot exec 'foo': No such file or directory"
    assert str(exc.StartError(reason)) == exc.StartError(reason).reason == reason


def test_a_failed_launch_says_which_step_failed_with_what_and_why():
    error = exc.LaunchError("exec", errno.ENOENT, "foo")
    assert str(error) == "cannot exec 'foo': No such file or directory"
    assert (error.step, error.number, error.what) == ("exec", errno.ENOENT, "foo")
    assert error.errno == exc.COMMAND_ERROR, "the wire's number is not the kernel's"


def test_a_failed_launch_without_a_thing_names_none():
    error = exc.LaunchError("fork", errno.EAGAIN)
    assert str(error) == "cannot make a process: Resource temporarily unavailable"


@pytest.mark.parametrize("step", exc.STEPS)
def test_every_step_of_a_launch_has_its_words(step):
    message = str(exc.LaunchError(step, errno.EPERM, "x"))
    assert message == f"cannot {exc.STEPS[step]} 'x': Operation not permitted"


def test_an_unknown_step_is_named_as_it_is():
    assert str(exc.LaunchError("dance", errno.EPERM)) == "cannot dance: Operation not permitted"


def test_a_refused_configuration_tells_all_that_is_wrong_with_it_one_a_line():
    error = exc.ConfigError(["a.ini:1: one", "a.ini:2: two"])
    assert str(error) == "a.ini:1: one\na.ini:2: two"
    assert error.findings == ("a.ini:1: one", "a.ini:2: two")
