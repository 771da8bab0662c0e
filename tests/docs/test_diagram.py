from __future__ import annotations

import xml.etree.ElementTree as ET
from enum import Enum

from docs.diagram import draw

SVG = "{http://www.w3.org/2000/svg}"


class Lamp(Enum):
    OFF = "dark"
    ON = "bright"


class Press(Enum):
    SHORT = "short"
    LONG = "long"


TABLE = {
    (Lamp.OFF, Press.SHORT): Lamp.ON,
    (Lamp.OFF, Press.LONG): Lamp.ON,
    (Lamp.ON, Press.SHORT): Lamp.OFF,
    (Lamp.ON, Press.LONG): Lamp.ON,
}


def drawn() -> ET.Element:
    return ET.fromstring(draw(TABLE, "a <lamp>"))


def test_every_state_has_a_box_and_its_name():
    assert len(list(drawn().iter(f"{SVG}rect"))) == len(Lamp)
    assert {state.name for state in Lamp} <= {text.text for text in drawn().iter(f"{SVG}text")}


def test_happenings_that_lead_the_same_way_share_one_line():
    labels = [text.text for text in drawn().iter(f"{SVG}text")]
    assert "SHORT, LONG" in labels
    assert labels.count("SHORT") == 1
    assert len(list(drawn().iter(f"{SVG}polyline"))) == 2


def test_what_changes_nothing_is_not_drawn():
    assert "LONG" not in [text.text for text in drawn().iter(f"{SVG}text")]


def test_nothing_is_drawn_outside_of_the_frame():
    left, top, width, height = map(float, drawn().attrib["viewBox"].split())
    for line in drawn().iter(f"{SVG}polyline"):
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert left <= x <= left + width
            assert top <= y <= top + height
