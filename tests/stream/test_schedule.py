from __future__ import annotations

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec.options.stream import PERIODS
from circus.stream.schedule import Schedule

HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def berlin(monkeypatch):
    """Local time of a place that changes its clocks."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text):
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def shown(moment):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


@pytest.mark.parametrize(
    ("when", "interval", "end", "name"),
    [
        ("S", 1, "2025-01-15 13:14:16", "20250115131415"),
        ("M", 5, "2025-01-15 13:19:15", "202501151314"),
        ("H", 1, "2025-01-15 14:14:15", "2025011513"),
        ("D", 1, "2025-01-16 13:14:15", "20250115"),
        ("D", 3, "2025-01-18 13:14:15", "20250115"),
        ("MIDNIGHT", 1, "2025-01-16 00:00:00", "20250115"),
        ("MIDNIGHT", 2, "2025-01-17 00:00:00", "20250115"),
        ("W2", 1, "2025-01-16 00:00:00", "20250109"),
        ("W3", 1, "2025-01-17 00:00:00", "20250110"),
        ("W1", 1, "2025-01-22 00:00:00", "20250115"),
        ("W2", 2, "2025-01-23 00:00:00", "20250109"),
    ],
)
def test_a_period_ends_and_has_a_name(berlin, when, interval, end, name):
    # 15 January 2025 was a Wednesday, W2
    schedule = Schedule(when, interval)
    due = schedule.first(at("2025-01-15 13:14:15"))
    assert (shown(due), schedule.name(due)) == (end, name)
    assert schedule.pattern.match(name)


@pytest.mark.parametrize(
    ("when", "begin", "ends"),
    [
        ("MIDNIGHT", "2025-03-29 12:00:00", ["2025-03-30", "2025-03-31", "2025-04-01"]),
        ("MIDNIGHT", "2025-10-25 12:00:00", ["2025-10-26", "2025-10-27", "2025-10-28"]),
        ("W6", "2025-10-25 12:00:00", ["2025-10-27", "2025-11-03"]),
        ("W6", "2025-03-29 12:00:00", ["2025-03-31", "2025-04-07"]),
    ],
)
def test_midnight_stays_midnight_when_the_clocks_change(berlin, when, begin, ends):
    schedule = Schedule(when)
    due = schedule.first(at(begin))
    for end in ends:
        assert shown(due) == f"{end} 00:00:00"
        due = schedule.after(due, due)


def test_days_keep_their_hour_and_their_names_when_the_clocks_change(berlin):
    schedule = Schedule("D")
    due, names = schedule.first(at("2025-10-24 23:30:00")), []
    for _ in range(4):
        names.append(schedule.name(due))
        assert shown(due).endswith("23:30:00")
        due = schedule.after(due, due)
    assert names == ["20251024", "20251025", "20251026", "20251027"]


def test_utc_knows_no_change_of_the_clocks(berlin):
    schedule = Schedule("MIDNIGHT", utc=True)
    begin = at("2025-01-15 00:30:00")  # half past eleven of the day before in UTC
    due = schedule.first(begin)
    assert due == begin + 1800
    assert schedule.name(due) == "20250114"


@pytest.mark.parametrize("when", PERIODS)
@pytest.mark.parametrize("utc", [False, True])
@given(
    begin=st.integers(10**9, 2 * 10**9), wait=st.integers(0, 60 * DAY), interval=st.integers(1, 5)
)
def test_the_next_end_is_the_first_after_now(when, utc, begin, wait, interval):
    schedule = Schedule(when, interval, utc)
    due = schedule.first(begin)
    assert begin < due <= begin + schedule.seconds + HOUR
    now = due + wait
    after = schedule.after(due, now)
    assert now < after <= now + schedule.seconds + HOUR


def test_the_zone_of_these_tests_is_there(berlin):
    assert os.environ["TZ"].startswith("CET")
    assert time.localtime(at("2025-07-01 00:00:00")).tm_isdst == 1
