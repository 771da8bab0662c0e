"""The rules that every file of the console's page keeps; no browser is needed to see that."""

from __future__ import annotations

import re

import pytest

from tests.helpers.source import ROOT

PAGE = ROOT / "circus" / "web" / "page"
FILES = sorted(path for path in PAGE.iterdir() if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
CEILING = 400
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser"
)
"""What would make markup or code of a text."""
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[\w-]+\.\w")
IMPORT = re.compile(r'import \{([^}]*)\} from "\./([^"]+)"')
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)")


def named(path):
    return path.name


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_small_and_names_no_other_host(path):
    text = path.read_text()
    assert len(text.splitlines()) <= CEILING
    assert not ELSEWHERE.findall(text)


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_says_what_it_is_and_makes_no_markup_of_text(path):
    text = path.read_text()
    assert text.startswith("/*")
    assert not MARKUP.findall(text)


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_imports_what_its_neighbours_offer_and_uses_it(path):
    text = path.read_text()
    for names, source in IMPORT.findall(text):
        offered = set(EXPORT.findall((PAGE / source).read_text()))
        for name in filter(None, map(str.strip, names.split(","))):
            assert name in offered, f"{source} offers no {name}"
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is not used"


@pytest.mark.parametrize("path", list(PAGE.glob("*.html")), ids=named)
def test_a_page_has_no_inline_script_and_no_inline_style(path):
    assert not INLINE.findall(path.read_text())


@pytest.mark.parametrize("path", [*PAGE.glob("*.html"), PAGE / "dom.js"], ids=named)
def test_what_a_page_refers_to_is_there(path):
    for name in re.findall(r"/page/([\w.-]+)", path.read_text()):
        assert (PAGE / name).is_file()


def test_every_drawing_that_is_used_is_defined():
    defined = set(re.findall(r'id="icon-([\w-]+)"', (PAGE / "index.html").read_text()))
    text = "".join(path.read_text() for path in SCRIPTS)
    used = set(re.findall(r'icon\("([\w-]+)"\)|icon: "([\w-]+)"|Button\([^)]*?, "([\w-]+)"', text))
    assert {name for names in used for name in names if name} <= defined
