from __future__ import annotations

import socket
import subprocess
import sys

from benchmarks.ears import Ears, wait_until_gone


def say(ears: Ears, text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.sendto(text.encode(), ears.path)


def test_the_children_that_say_the_word_are_counted_and_others_are_not(tmp_path):
    ears = Ears(str(tmp_path))
    for text in ("up 11", "done 11", "up 12"):
        say(ears, text)
    assert ears.hear(2) == [11, 12]
    ears.close()


def test_silence_ends_with_the_time_that_was_given(tmp_path):
    ears = Ears(str(tmp_path))
    say(ears, "up 7")
    assert ears.hear(2, timeout=0.01) == [7]
    ears.close()


def test_a_process_is_gone_once_it_has_ended():
    words = [sys.executable, "-c", "input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert not wait_until_gone([process.pid], 0)
        process.communicate(b"\n")
        assert wait_until_gone([process.pid], 10)
