"""Answers as text for people (spec §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def count(answer: Mapping[str, Any]) -> str:
    """Return the number of processes, as incr and decr print it (spec §4.9)."""
    if answer.get("singleton"):
        return "This watcher is a Singleton - not changing the number of processes"
    return str(answer.get("numprocesses", "ok"))


def options(answer: Mapping[str, Any]) -> str:
    """Return a line ``key: value`` for each option (spec §4.11)."""
    return "\n".join(f"{key}: {_value(key, value)}" for key, value in answer["options"].items())


def _value(key: str, value: Any) -> str:
    if key == "env" and isinstance(value, Mapping):
        return ",".join(f"{name}={text}" for name, text in sorted(value.items()))
    return "" if value is None else str(value)


def statuses(answer: Mapping[str, Any]) -> str:
    """Return a line ``name: state`` for each watcher, or the state of the one (spec §4.14).

    A watcher that gave up or waits before the next try says why, in brackets. With ``behind`` each
    line is followed by all that stands behind the status.
    """
    behind, reasons, backoff = (answer.get(key, {}) for key in ("behind", "reasons", "backoff"))
    if "statuses" not in answer and not behind:
        return _state(answer["status"], answer.get("reason"), bool(backoff))
    states = answer["statuses"] if "statuses" in answer else dict.fromkeys(behind, answer["status"])
    return "\n".join(
        "\n".join([f"{name}: {state}", *_facts(behind[name])])
        if name in behind
        else f"{name}: {_state(state, reasons.get(name), name in backoff)}"
        for name, state in sorted(states.items())
    )


def _state(state: str, reason: str | None, backoff: bool) -> str:
    why = f"backoff: {reason}" if backoff else reason
    return f"{state} ({why})" if why else state


def _facts(facts: Mapping[str, Any]) -> list[str]:
    """Return a line for each fact behind a status."""
    return [f"  {key.replace('_', ' ')}: {_fact(key, value)}" for key, value in facts.items()]


def _fact(key: str, value: Any) -> str:
    if key == "last_exit":
        asked = " on request" if value["asked"] else ""
        return f"process {value['process_pid']} (wid {value['wid']}), {ended(value)}{asked}"
    if key == "next_try":
        return f"in {span(value)}"
    return "yes" if value is True else str(value)


def ended(last: Mapping[str, Any]) -> str:
    """Say how and when a process ended: ``exit code 1, 3.2 s ago``."""
    return f"{last['how']}, {span(last['ago'])} ago"


def span(seconds: float) -> str:
    """Return a time in the largest unit that fits: ``3.2 s``, ``12 min``, ``5 h``, ``9 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.1f} s"


def plan(answer: Mapping[str, Any]) -> str:
    """Return what ``reloadconfig`` would do, a line for each watcher, or what it could not."""
    if "plan" not in answer:
        return "\n".join(["ok", *_needs_restart(answer)])
    planned = answer["plan"]
    lines = [_change(one) for one in planned["watchers"]]
    lines += [f"socket {_change(one)}" for one in planned["sockets"] if one["act"] != "keep"]
    return "\n".join([*lines, *_needs_restart(planned)])


def _change(one: Mapping[str, Any]) -> str:
    return f"{one['name']}: {one['act']}" + (f" ({', '.join(one['why'])})" if one["why"] else "")


def _needs_restart(answer: Mapping[str, Any]) -> list[str]:
    names = answer.get("needs_restart")
    return [f"circusd has to be restarted for: {', '.join(names)}"] if names else []


def stats(answer: Mapping[str, Any]) -> str:
    """Return the facts of processes, one line each, children indented below (spec §4.15)."""
    if "infos" in answer:
        return "\n".join(_watcher(name, infos) for name, infos in answer["infos"].items())
    if "name" in answer:
        return _watcher(answer["name"], answer["info"])
    return f"{answer['process']}: {_process(answer['info'])}\n"


def own_stats(answer: Mapping[str, Any]) -> str:
    """Return the facts of circusd itself (spec §4.15)."""
    lines = ["Main Process:", f"    {_line(answer['info'])}"]
    children = answer["info"].get("children")
    if children:
        lines += ["Children:", *(f"    {_line(child)}" for child in children)]
    return "\n".join(lines)


def sockets(answer: Mapping[str, Any]) -> str:
    """Return a line for each socket: ``7:socket 'web' at 127.0.0.1:8080`` (spec §4.16)."""
    return "\n".join(
        f"{one['fd']}:socket '{one['name']}' at "
        + (one["path"] if "path" in one else f"{_host(one['host'])}:{one['port']}")
        for one in answer["sockets"]
    )


def _host(host: str) -> str:
    """Return a numeric host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def reason(answer: Mapping[str, Any]) -> str:
    """Return the reason of an error alone (spec §4.11)."""
    return str(answer.get("reason"))


def _watcher(name: str, infos: Mapping[str, Any]) -> str:
    lines = [f"{pid}: {_process(info)}" for pid, info in infos.items()]
    return "\n".join([f"{name}:", *lines])


def _process(info: Any) -> str:
    if not isinstance(info, Mapping):
        return str(info)
    return "\n   ".join([_line(info), *(_line(child) for child in info.get("children", ()))])


FACTS = ("cmdline", "username", "nice", "mem_info1", "mem_info2", "cpu", "mem", "ctime")


def _line(info: Any) -> str:
    if not isinstance(info, Mapping):
        return str(info)
    return f"{info['pid']}  " + " ".join(str(info[fact]) for fact in FACTS)
