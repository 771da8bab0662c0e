"""A real browser for the tests of the console's page: Debian's chromium, driven by selenium.

One browser serves a whole module; each scene gets a page of its own. What the browser complains of
(errors of scripts, broken rules of the content policy, a request to another host) fails the scene.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from importlib import import_module, resources, util
from typing import Any

TOKEN = "a-token-of-this-scene-long-enough"
"""Opens the consoles of all scenes."""
PATIENCE = 20.0
"""Seconds after which a scene gives up."""
LOOK = 0.03
"""Seconds between two looks at the page."""
DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
DOOR = "status of 401"
"""What the browser says of the door: it is answered with 401, as the login page it is."""
AWAY = ("ERR_CONNECTION", "WebSocket connection to", "status of 50")
"""What it says while nobody listens."""
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
    "--hide-scrollbars", "--force-prefers-reduced-motion",
)  # fmt: skip

TEXT_OF = """
const row = [...document.querySelectorAll(".fleet tbody tr")]
  .find((one) => one.querySelector(".name a").textContent === arguments[0]);
return row ? row.querySelector(arguments[1]).innerText : null;
"""
SEEN = """
return [...document.querySelectorAll(arguments[0])].find((one) => one.checkVisibility()) ?? null;
"""
BUTTON = """
const named = (one) => one.getAttribute("aria-label") ?? one.textContent;
return [...document.querySelectorAll("button, summary")]
  .find((one) => named(one) === arguments[0] && one.checkVisibility()) ?? null;
"""
RULES = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((one) => [one.id, one.help, one.nodes.map((n) => n.html)])),
  (problem) => done([["axe", String(problem), []]]));
"""


def missing() -> str:
    """Say why there is no browser here; empty when there is one."""
    if util.find_spec("selenium") is None:
        return "selenium is not installed"
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return ""


def launch() -> Any:
    """Start a browser; the caller quits it."""
    webdriver = import_module("selenium.webdriver")
    service = import_module("selenium.webdriver.chrome.service")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, service.Service(shutil.which("chromedriver")))


def wait(driver: Any, ask: Callable[[], Any], complaint: str, patience: float = PATIENCE) -> Any:
    """Wait until something is so; return what it is."""
    waiting = import_module("selenium.webdriver.support.wait")
    exceptions = import_module("selenium.common.exceptions")
    replaced = (exceptions.StaleElementReferenceException,)
    looking = waiting.WebDriverWait(driver, patience, LOOK, ignored_exceptions=replaced)
    return looking.until(lambda _: ask(), complaint)


class Page:
    """A page of the console.

    :param driver: the browser
    :param place: where the console is, with a slash at the end
    """

    def __init__(self, driver: Any, place: str) -> None:
        self.driver, self.place = driver, place
        self.may_be_away = False
        """The scene takes the console away: the browser may say so."""
        self.size(*DESKTOP)
        self.colours("light")
        self._drain()

    # --- going there ------------------------------------------------------------------------------

    def size(self, width: int, height: int) -> None:
        """Make the window so large, in pixels of the page; a narrow one is a phone."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def colours(self, scheme: str) -> None:
        """Have the system say that it is ``light`` or ``dark``."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def enter(self) -> None:
        """Come in by the link with the token, and wait for the fleet."""
        self.driver.get(f"{self.place}#token={TOKEN}")
        self.until(lambda: self.count(".fleet tbody tr"), "the fleet was never shown")

    def go(self, where: str) -> None:
        """Follow an address within the page, such as ``#/watchers/web``."""
        self.run("window.location.hash = arguments[0]", where)

    # --- what it shows ----------------------------------------------------------------------------

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page."""
        return self.driver.execute_script(script, *arguments)

    def until(self, ask: Callable[[], Any], complaint: str) -> Any:
        """Wait until something is so; return what it is."""
        return wait(self.driver, ask, complaint)

    def count(self, css: str) -> int:
        """Count the elements of a selector."""
        return self.run("return document.querySelectorAll(arguments[0]).length", css)

    def text(self, css: str) -> str:
        """Return the text that is seen of an element; empty when there is none."""
        return self.run(
            "const one = document.querySelector(arguments[0]);"
            "return one?.checkVisibility() ? one.innerText : ''",
            css,
        )

    def says(self, css: str, *texts: str) -> str:
        """Wait until an element shows all these texts."""

        def found() -> str | None:
            shown = self.text(css)
            return shown if all(text in shown for text in texts) else None

        return self.until(found, f"{css} never showed {texts}, but {self.text(css)!r}")

    def row(self, watcher: str, column: str, text: str) -> None:
        """Wait until a column of a watcher's row shows exactly a text."""

        def shown() -> str:
            return self.run(TEXT_OF, watcher, f".{column}") or ""

        self.until(lambda: shown() == text, f"{watcher}: {column} never was {text!r}")

    def row_says(self, watcher: str, column: str, pattern: str) -> None:
        """Wait until a column of a watcher's row matches a pattern."""
        self.until(
            lambda: re.search(pattern, self.run(TEXT_OF, watcher, f".{column}") or ""),
            f"{watcher}: {column} never matched {pattern!r}",
        )

    def names(self) -> list[str]:
        """Return the watchers in the order that is shown, without those that are filtered away."""
        return self.run(
            "return [...document.querySelectorAll('.fleet tbody tr:not([hidden]) .name a')]"
            ".map((one) => one.textContent)"
        )

    # --- what is done to it -----------------------------------------------------------------------

    def find(self, css: str) -> Any:
        """Wait for an element that is seen."""

        return self.until(lambda: self.run(SEEN, css), f"there never was a {css}")

    def click(self, css: str) -> None:
        """Click an element."""
        self.find(css).click()

    def press(self, label: str) -> None:
        """Click the button of this name, as a screen reader tells it."""

        def pressed() -> bool:
            found = self.run(BUTTON, label)
            if found is not None:
                found.click()
            return found is not None

        self.until(pressed, f"there never was a button {label!r}")

    def agree(self) -> None:
        """Say yes to the dialog."""
        self.click("dialog[open] [type=submit]")
        self.until(lambda: not self.count("dialog[open]"), "the dialog stays open")

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self) -> str:
        """Return the name of what has the focus."""
        return self.run(
            "const one = document.activeElement;"
            "return one.ariaLabel || one.labels?.[0]?.textContent || one.textContent"
        )

    # --- what must hold ---------------------------------------------------------------------------

    def broken_rules(self) -> list[Any]:
        """Return what the accessibility rules of axe find in what is shown now."""
        axe = resources.files("axe_core_python") / "axe.min.js"
        self.run(axe.read_text(encoding="utf-8"))
        return self.driver.execute_async_script(RULES)

    def complaints(self) -> list[str]:
        """Return what the browser found wrong since it was asked last."""
        expected = (DOOR, *AWAY) if self.may_be_away else (DOOR,)
        said = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in {"SEVERE", "WARNING"}
            if not any(text in entry["message"] for text in expected)
        ]
        return said + [f"a request to {url}" for url in self._requests() if self._foreign(url)]

    def _requests(self) -> list[str]:
        events = [json.loads(entry["message"]) for entry in self.driver.get_log("performance")]
        return [
            event["message"]["params"].get("request", event["message"]["params"])["url"]
            for event in events
            if event["message"]["method"]
            in {"Network.requestWillBeSent", "Network.webSocketCreated"}
        ]

    def _foreign(self, url: str) -> bool:
        here = self.place.partition("://")[2]
        return not url.startswith((f"http://{here}", f"ws://{here}", "data:", "about:"))

    def _drain(self) -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
