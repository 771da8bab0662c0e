from __future__ import annotations

from circus.stream.fault import told, written


def test_an_error_tells_how_much_was_written_before_it():
    error = told(OSError(28, "full"), 7)
    assert (written(error), error.errno) == (7, 28)
    assert written(OSError()) == written(ValueError()) == 0
