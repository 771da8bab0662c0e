from __future__ import annotations

from circus.spec.finding import Entry, Finding, Severity, at, mismatch

ENTRY = Entry("watcher:web", "numprocesses", "four", "circus.ini", 12)


def test_a_mismatch_says_where_what_was_found_and_what_was_expected():
    finding = mismatch(ENTRY, "four", "a whole number")
    assert str(finding) == (
        "circus.ini:12: [watcher:web] numprocesses: found 'four', expected a whole number"
    )
    assert finding.severity is Severity.ERROR


def test_a_warning_is_marked_as_one():
    finding = at(ENTRY, Severity.WARNING, "is odd")
    assert str(finding) == "circus.ini:12: warning: [watcher:web] numprocesses: is odd"


def test_a_finding_without_a_place_is_its_sentence():
    assert str(Finding(Severity.ERROR, "all is lost")) == "all is lost"


def test_a_finding_can_be_printed_whatever_the_file_held():
    finding = Finding(Severity.ERROR, "odd", option="b\udce9")
    assert str(finding) == "b\\udce9: odd"
    str(finding).encode()
