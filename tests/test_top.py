import signal
import subprocess
import sys

import pytest

from circus import top
from tests.helpers.daemon import PATIENCE


def test_an_endpoint_that_makes_no_sense_is_a_sentence(capsys):
    assert top.run(["--endpoint", "nonsense"]) == 1
    assert "circus-top: cannot connect to nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["circus.stats.client", "circus.top"])
def test_where_there_is_no_terminal_plain_pages_are_written_until_ctrl_c(tmp_path, module):
    code = f"import {module} as one; one.main()"
    line = [sys.executable, "-c", code, "--endpoint", f"ipc://{tmp_path}/stats"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "Circus Top\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_without_textual_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(top, "_has_textual", lambda: False)

    async def nothing(feed):
        await feed.stop()

    monkeypatch.setattr(top, "show", nothing)
    assert top.run([]) == 0
    assert "pip install 'circus[top]'" in capsys.readouterr().err
