from __future__ import annotations

from circus import tracing
from circus.core.messages import SpecChanged, StartAsked
from circus.spec.model import WatcherSpec


def test_it_is_asked_for_by_a_variable_of_any_value(monkeypatch):
    monkeypatch.delenv("DEBUG", raising=False)
    assert not tracing.wanted()
    monkeypatch.setenv("DEBUG", "")
    assert tracing.wanted()


def test_what_a_watcher_is_told_and_does_is_logged(caplog):
    caplog.set_level("DEBUG", "circus")
    tracing.fed("web", [StartAsked(1)])
    tracing.performed("web", StartAsked(2))
    assert caplog.messages == [f"web: {StartAsked(1)!r}", f"web: -> {StartAsked(2)!r}"]


def test_no_configuration_is_logged_for_its_environment_may_hold_secrets(caplog):
    caplog.set_level("DEBUG", "circus")
    tracing.fed("web", [SpecChanged(WatcherSpec("web", cmd="x", env={"PASSWORD": "secret"}))])
    assert caplog.messages == ["web: SpecChanged"]
