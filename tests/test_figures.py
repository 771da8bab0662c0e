import pytest

from circus.figures import UNKNOWN, bytes2human, cpu_time, program


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.00K"),
        (32_432_127, "30.93M"),
        (1024**3, "1.00G"),
        (5 * 1024**4, "5.00T"),
        (1024**8, "1.00Y"),
        (1024**9, "1024.00Y"),
    ],
)
def test_bytes_are_told_in_short(count, text):
    assert bytes2human(count) == text


@pytest.mark.parametrize("count", [1.5, "1", None])
def test_only_whole_bytes_are_counted(count):
    with pytest.raises(TypeError):
        bytes2human(count)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (0.25, "0:00.25"), (61.5, "1:01.50"), (3600 * 2 + 62, "1:02.0")],
)
def test_cpu_time_is_told_in_minutes_and_seconds(seconds, text):
    assert cpu_time(seconds) == text


@pytest.mark.parametrize(
    ("cmdline", "name"),
    [
        (["/usr/bin/python3", "x.py"], "python3"),
        (["nginx: master process"], "nginx:"),
        ([""], UNKNOWN),
        ([], UNKNOWN),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_a_program_is_the_first_word_of_its_name(cmdline, name):
    assert program(cmdline) == name
