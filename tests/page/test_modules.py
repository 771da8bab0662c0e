"""What the page's modules decide, asked of them directly in the browser."""

from __future__ import annotations

import functools
import http.server
import threading

import pytest

from tests.helpers.source import ROOT

CALL = """
const [module, body, values, done] = arguments;
import(`/${module}`).then((found) => {
  const names = Object.keys(found);
  const made = new Function(...names, "value", `return ${body}`);
  done(values.map((value) => made(...names.map((name) => found[name]), value)));
}).catch((problem) => done(String(problem)));
"""
RUNS = {"status": "active", "up": 2, "wanted": 2, "restarts_hour": 0}
DIED = {"how": "exit code 3", "ago": 9, "asked": False}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def ask(browser):
    """Return a function that evaluates an expression over the names of a module, for each value."""
    handler = functools.partial(Quiet, directory=str(ROOT / "circus" / "web" / "page"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    browser.get(f"http://127.0.0.1:{server.server_port}/icon.svg")
    browser.get(f"http://127.0.0.1:{server.server_port}/login.html")

    def call(module, body, values):
        return browser.execute_async_script(CALL, module, body, values)

    yield call
    browser.get("about:blank")
    server.shutdown()
    thread.join()
    server.server_close()


def holds(ask, module, body, table):
    values, wanted = zip(*table, strict=True)
    assert ask(module, body, list(values)) == list(wanted)


def test_figures_are_written_as_people_read_them(ask):
    nothing = "\N{EN DASH}"
    holds(
        ask,
        "format.js",
        "percent(value)",
        [(None, nothing), (0, "0 %"), (0.44, "0.4 %"), (9.96, "10 %"), (312.4, "312 %")],
    )
    holds(
        ask,
        "format.js",
        "bytes(value)",
        [
            (None, nothing),
            (0, "0 B"),
            (999, "999 B"),
            (1024, "1.0 KiB"),
            (36 * 2**20, "36.0 MiB"),
            (1000 * 2**20, "1.0 GiB"),
        ],
    )
    holds(
        ask,
        "format.js",
        "span(value)",
        [
            (0.4, "0 s"),
            (59.7, "1 min"),
            (200, "3 min 20 s"),
            (7500, "2 h 5 min"),
            (90000, "1 d 1 h"),
        ],
    )
    holds(
        ask,
        "format.js",
        "ago(value)",
        [(2, "just now"), (33, "30 s ago"), (150, "2 min ago"), (9000, "2 h ago")],
    )


def test_text_of_processes_is_made_harmless(ask):
    holds(
        ask,
        "ansi.js",
        "plain(value)",
        [
            ("plain\ttext \N{GRINNING FACE}", "plain\ttext \N{GRINNING FACE}"),
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
            ("\x1b]0;title", ""),
            ("10 %\r20 %\r30 %\r", "30 %"),
            ("bell\x07 and null\x00", "bell\N{SYMBOL FOR BELL} and null\N{SYMBOL FOR NULL}"),
            ("a\u202egnp.exe", "a\N{REPLACEMENT CHARACTER}gnp.exe"),
        ],
    )


def test_the_state_of_a_watcher_comes_to_a_word(ask):
    holds(
        ask,
        "model.js",
        "condition({...value, heard: Date.now() / 1000}).word",
        [
            (RUNS, "Active"),
            ({**RUNS, "up": 1}, "Short"),
            ({**RUNS, "reason": "its processes die at once"}, "Failing"),
            ({**RUNS, "next_try": 0}, "Failing"),
            ({**RUNS, "restarts_hour": 5, "last_exit": DIED}, "Unsteady"),
            ({**RUNS, "restarts_hour": 5, "last_exit": {**DIED, "ago": 500}}, "Active"),
            ({**RUNS, "restarts_hour": 5, "last_exit": {**DIED, "asked": True}}, "Active"),
            ({**RUNS, "status": "starting"}, "Starting"),
            ({**RUNS, "status": "stopping"}, "Stopping"),
            ({**RUNS, "status": "stopped"}, "Stopped"),
            ({**RUNS, "status": "stopped", "reason": "cannot exec"}, "Gave up"),
            ({**RUNS, "status": "stopped", "on_demand": True}, "On demand"),
        ],
    )


def test_what_is_kept_of_samples_is_bounded(ask):
    body = """(() => {
      const trace = new Trace(value);
      for (let n = 0; n < 1000; n += 1) trace.push(n, n, n % 2 ? null : n);
      const seen = [];
      trace.each("cpu", 0, (at) => seen.push(at));
      return [seen.length, seen[0], trace.last("cpu"), trace.last("mem"), trace.newest];
    })()"""
    assert ask("ring.js", body, [3, 300]) == [
        [3, 997, 999, None, 999],
        [300, 700, 999, None, 999],
    ]


def test_an_axis_ends_at_a_round_figure_above_the_largest(ask):
    body = "ceiling(value[0], value[1])"
    mebi = 2**20
    holds(
        ask,
        "chart.js",
        body,
        [
            (["cpu", 0], 5),
            (["cpu", 30], 50),
            (["cpu", 97], 200),
            (["mem", 0], 4 * mebi),
            (["mem", 200 * mebi], 256 * mebi),
            (["mem", 260 * mebi], 320 * mebi),
        ],
    )


def test_a_line_has_a_gap_where_samples_are_missing(ask):
    body = """(() => {
      const each = (key, from, visit) => value.forEach(([at, cpu]) => visit(at, cpu ?? NaN));
      const trace = {each};
      const size = {from: 0, until: 100, top: 10, width: 100, height: 11};
      return paths(trace, "cpu", size).line.match(/M/g).length;
    })()"""
    holds(
        ask,
        "spark.js",
        body,
        [
            ([[0, 0], [5, 10]], 1),
            ([[0, 0], [5, None], [10, 5]], 2),
            ([[0, 0], [60, 10]], 2),
        ],
    )
