from __future__ import annotations

import os

from circus.web.pages import HERE, KINDS, Pages


def test_the_files_of_a_page_are_known_by_their_names_and_kinds(tmp_path):
    (tmp_path / "index.html").write_text("<p>")
    (tmp_path / "page.js").write_text("1")
    (tmp_path / "secret.py").write_text("1")
    (tmp_path / "folder.css").mkdir()
    pages = Pages(str(tmp_path))
    assert pages.find("index.html").body == b"<p>"
    assert pages.find("page.js").kind.startswith("text/javascript")
    assert pages.find("page.js").tag != pages.find("index.html").tag
    for name in ("secret.py", "folder.css", "../index.html", ""):
        assert pages.find(name) is None


def test_the_page_of_the_package_is_there():
    pages = Pages()
    assert pages.find("index.html")
    assert pages.find("login.html")


def test_each_kind_has_a_file():
    assert {os.path.splitext(name)[1] for name in os.listdir(HERE)} == {*KINDS}
