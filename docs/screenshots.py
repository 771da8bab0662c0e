"""The pictures of the web console in docs/howto, taken of a real circusd in a real browser.

``python -m docs.screenshots`` runs a demonstration fleet for two minutes, so that the charts have
something to show, and writes the pictures anew. It needs what the browser tests need (chromium and
the extra ``browser``), Pillow (in the extra ``docs``), and looks best where the font Inter is.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.helpers import browser as browsers
from tests.helpers.daemon import running
from tests.helpers.source import ROOT

HERE = ROOT / "docs" / "howto"
SECONDS = 300
"""So long the fleet runs before it is pictured: the large charts are of five minutes."""
LOOKED_AT = 125
"""So many of them its processes are looked at: their small charts are of two minutes."""
COLOURS, ROUNDS = 256, 4
"""Of a picture, and how often they are fitted: that is enough for each ground to stay as it is."""
SCREENFUL = 30
"""Lines of output."""

WORKER = """
import math, os, sys, time
name, share, mebibytes, pace = sys.argv[1], *map(float, sys.argv[2:])
held, turn, said = bytearray(int(mebibytes * 2**20)), hash((name, os.getpid())) % 60, 0
for at in range(0, len(held), 4096):
    held[at] = 1
while True:
    load = share * (1 + 0.6 * math.sin((time.time() + turn) / 9))
    end = time.process_time() + load / 10
    while time.process_time() < end:
        pass
    said += pace / 10
    while said >= 1:
        said -= 1
        what = f"/{name}/{int(time.time() * 7) % 9000}"
        took = int(time.time() * 1000) % 40
        if took % 13 == 0:
            print(f"\\x1b[33mslow\\x1b[0m {what} took {took * 20} ms", file=sys.stderr, flush=True)
        print(f"{time.strftime('%H:%M:%S')} GET {what} 200 in {took} ms", flush=True)
    time.sleep(0.1)
"""

MIXED = f".lines .line:nth-last-child(-n + {SCREENFUL})[data-stream=stdout]"

CRASHING = "import sys, time; time.sleep(1.2); sys.exit(3)"

WATCHER = """
[watcher:{name}]
cmd = {python} worker.py {name} {share} {memory} {pace}
numprocesses = {count}
working_dir = {folder}
stdout_stream.class = FileStream
stdout_stream.filename = {folder}/{name}.log
stderr_stream.class = FileStream
stderr_stream.filename = {folder}/{name}.err
"""
STEADY = (
    {"name": "web", "share": 0.03, "memory": 22, "pace": 6, "count": 4},
    {"name": "api", "share": 0.02, "memory": 31, "pace": 3, "count": 3},
    {"name": "mailer", "share": 0.008, "memory": 12, "pace": 0.5, "count": 2},
    {"name": "queue-high", "share": 0.025, "memory": 18, "pace": 2, "count": 2},
    {"name": "queue-low", "share": 0.006, "memory": 9, "pace": 0.2, "count": 1},
    {"name": "scheduler", "share": 0.002, "memory": 4, "pace": 0.1, "count": 1},
    {"name": "websocket", "share": 0.015, "memory": 41, "pace": 1, "count": 2},
)
ODD = """
[watcher:importer]
cmd = {python} {folder}/crashing.py
stdout_stream.class = FileStream
stdout_stream.filename = {folder}/importer.log
[watcher:search-index]
cmd = /opt/search/bin/indexer --serve
max_retry = 2
[watcher:reports]
cmd = sleep 1000
autostart = False
"""


def fleet(folder: Path) -> str:
    """Return the configuration of the demonstration fleet."""
    (folder / "worker.py").write_text(WORKER)
    (folder / "crashing.py").write_text(CRASHING)
    given = {
        "python": sys.executable,
        "folder": folder,
    }
    return "".join(WATCHER.format(**given, **one) for one in STEADY) + ODD.format(**given)


def write(name: str, page: Any) -> None:
    """Write what is seen as a small PNG."""
    shot = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
    image = Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB")
    path = HERE / f"console-{name}.png"
    few = image.quantize(
        COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=ROUNDS, dither=Image.Dither.NONE
    )
    few.save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB\n")


def look(page: Any, seconds: float) -> None:
    """Look at the page for so long."""
    began = page.run("return performance.now()")
    browsers.wait(
        page.driver,
        lambda: page.run("return performance.now()") - began > 1000 * seconds,
        "the clock stands",
        seconds + browsers.PATIENCE,
    )


def picture(page: Any) -> None:
    """Take all pictures."""
    page.until(lambda: page.count(".processes tbody tr") > 1, "no processes")
    page.says(".figure .now", "%")
    for scheme in ("light", "dark"):
        page.colours(scheme)
        write(f"watcher-{scheme}", page)
    page.go("#/")
    page.find(".fleet .spark .line")
    for scheme in ("dark", "light"):
        page.colours(scheme)
        write(f"fleet-{scheme}", page)
    page.colours("dark")
    page.go("#/watchers/web/output")
    page.until(lambda: page.count(MIXED) > SCREENFUL // 2, "no output")
    write("output-dark", page)
    page.size(*browsers.PHONE)
    page.go("#/")
    page.find(".fleet .spark .line")
    write("phone-dark", page)
    page.colours("light")
    page.go("#/watchers/web")
    page.says(".figure .now", "%")
    write("phone-light", page)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the fleet runs")
    seconds = parser.parse_args().seconds
    if reason := browsers.missing():
        sys.exit(f"cannot take pictures: {reason}")
    driver = browsers.launch()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            token = folder / "token"
            token.write_text(browsers.TOKEN)
            token.chmod(0o600)
            circus = f"httpd = True\nhttpd_port = 0\nhttpd_token_file = {token}"
            with running(folder, fleet(folder), circus=circus) as circusd:
                line = circusd.log.until("circushttpd serves at")
                port = re.findall(r":(\d+)/", line)[0]
                page = browsers.Page(driver, f"http://localhost:{port}/")
                page.enter()
                look(page, seconds - LOOKED_AT)
                page.go("#/watchers/web")
                look(page, LOOKED_AT)
                picture(page)
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
