from __future__ import annotations

import logging

from tests.helpers.floor import Talk
from tests.helpers.house import play, watcher


class Log(Talk):
    opened_anew = 0

    def reopen(self):
        self.opened_anew += 1


def test_the_files_of_some_or_of_all_watchers_are_opened_anew(tmp_path):
    async def scene(house):
        logs = [Log(), Log()]
        made = [
            watcher(name, stdout_stream={"stream": log})
            for name, log in zip("ab", logs, strict=True)
        ]
        arbiter = await house.up(*made, watcher("c"))
        told = await arbiter.reopen_logs([made[1]])
        assert [one["name"] for one in told["streams"]] == ["b"]
        assert [log.opened_anew for log in logs] == [0, 1]
        told = await arbiter.reopen_logs()
        assert [one["name"] for one in told["streams"]] == ["a", "b"]
        assert [log.opened_anew for log in logs] == [1, 2]

    play(tmp_path, scene)


def test_circusds_own_log_is_opened_anew_with_all(tmp_path):
    place = tmp_path / "own.log"
    logger = logging.getLogger("circus")

    async def scene(house):
        handler = logging.FileHandler(place)
        logger.addHandler(handler)
        try:
            arbiter = await house.up(watcher("a"))
            place.rename(tmp_path / "own.log.1")
            await arbiter.reopen_logs([])
            logger.warning("two")
            await arbiter.reopen_logs()
            logger.warning("three")
        finally:
            logger.removeHandler(handler)
            handler.close()

    play(tmp_path, scene)
    assert "two" in (tmp_path / "own.log.1").read_text()
    assert place.read_text().splitlines()[0] == "three"
