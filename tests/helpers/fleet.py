"""A fleet that does nothing but note what it is asked, for tests of the control plane.

A verb returns a future of the running loop. It is resolved at once, unless the fleet is told to
hold: then the test resolves it, through :attr:`FakeFleet.held`.
"""

from __future__ import annotations

import asyncio

from circus.spec.model import WatcherSpec

PAGE = {"text": "one\ntwo\n", "next": "r.8", "skipped": 0, "more": False}
"""A part of an output."""


class FakeSocket:
    """A socket that was bound, as a fleet shows it."""

    backlog = 2048

    def __init__(self, fd, name, host="127.0.0.1", port=8080, path=None):
        self.fd, self.name = fd, name
        self.host, self.port, self.path = host, port, path

    def fileno(self):
        return self.fd


class FakeFleet:
    endpoint = "tcp://127.0.0.1:5555"
    stats_endpoint = None
    pubsub_endpoint = "tcp://127.0.0.1:5556"
    check_delay = 5.0
    multicast_endpoint = None
    endpoint_owner = None
    endpoint_owner_mode = False

    def __init__(self, *watchers):
        self.sockets = {}
        self.watchers = list(watchers)
        self.asked = []
        self.results = {}
        self.hold = False
        self.held = {}
        for watcher in watchers:
            watcher.fleet = self

    def note(self, verb, *args, result=None):
        """Write down what was asked; answer with a future, or fail at once if told to."""
        self.asked.append((verb, *args))
        result = self.results.get(verb, result)
        if isinstance(result, Exception):
            raise result
        future = asyncio.get_running_loop().create_future()
        if self.hold:
            self.held[verb] = future
        else:
            future.set_result(result)
        return future

    def get_watcher(self, name):
        found = {watcher.name.lower(): watcher for watcher in self.watchers}
        return found[name.lower()]

    def iter_watchers(self, reverse=True):
        return self.watchers if reverse else self.watchers[::-1]

    def numprocesses(self):
        return sum(len(watcher) for watcher in self.watchers)

    def numwatchers(self):
        return len(self.watchers)

    def statuses(self):
        return {watcher.name: watcher.status() for watcher in self.watchers}

    def stats(self, watchers, extended=False, only=None):
        infos = {watcher.name: watcher.info(extended) for watcher in watchers}
        return self.note("stats", [watcher.name for watcher in watchers], extended, result=infos)

    def plan_config(self):
        return {"watchers": [], "sockets": [], "circus": {}, "needs_restart": []}

    def reload_from_config(self):
        return self.note("reload_from_config", result=self.plan_config())

    def reopen_logs(self, watchers):
        names = [watcher.name for watcher in (self.watchers if watchers is None else watchers)]
        opened = [{"name": name, "stream": "stdout", "path": "carried"} for name in names]
        result = {"streams": [{**one, "problem": None} for one in opened]}
        return self.note("reopen_logs", watchers and names, result=result)

    def own_stats(self):
        return self.note("own_stats", result={"pid": 7})

    def add_watcher(self, name, cmd, **options):
        self.asked.append(("add_watcher", name, cmd, options))
        if isinstance(self.results.get("add_watcher"), Exception):
            raise self.results["add_watcher"]
        self.watchers.append(FakeWatcher(name))
        self.watchers[-1].fleet = self
        return self.watchers[-1]

    def rm_watcher(self, name, nostop=False):
        return self.note("rm_watcher", name, nostop)

    def start_group(self, watchers):
        return self.note("start_group", watchers and [watcher.name for watcher in watchers])

    def stop_group(self, watchers):
        return self.note("stop_group", watchers and [watcher.name for watcher in watchers])

    def restart_group(self, watchers):
        return self.note("restart_group", [watcher.name for watcher in watchers])

    def restart_all(self):
        return self.note("restart_all")

    def reload_group(self, graceful=True, sequential=False):
        return self.note("reload_group", graceful, sequential)

    def quit(self):
        return self.note("quit")


class FakeWatcher:
    fleet: FakeFleet

    def __init__(self, name, *pids, singleton=False, state="active", reason=None):
        self.name = name
        self.numprocesses = len(pids)
        self.singleton = singleton
        self.spec = WatcherSpec(name)
        self.pids = list(pids)
        self.state = state
        self.reason = reason
        self.pages = []
        self.facts = {}

    def status(self):
        return self.state

    def explain(self):
        facts = {"up": len(self.pids), "wanted": self.numprocesses, **self.facts}
        return {**facts, "reason": self.reason} if self.reason else facts

    def __len__(self):
        return len(self.pids)

    def get_active_pids(self):
        return list(self.pids)

    def start(self):
        return self.fleet.note("start", self.name, result={"started": self.pids, "kept": []})

    def stop(self):
        return self.fleet.note("stop", self.name)

    def restart(self):
        done = {"stopped": [], "started": self.pids, "kept": []}
        return self.fleet.note("restart", self.name, result=done)

    def reload(self, graceful=True, sequential=False):
        done = {"stopped": [], "started": self.pids, "kept": []}
        return self.fleet.note("reload", self.name, graceful, sequential, result=done)

    def incr(self, nb=1):
        return self.fleet.note("incr", self.name, nb, result=self.numprocesses + nb)

    def decr(self, nb=1):
        return self.fleet.note("decr", self.name, nb, result=self.numprocesses - nb)

    def set_options(self, changes):
        return self.fleet.note("set_options", self.name, dict(changes))

    def kill(self, pids, signum, graceful_timeout):
        return self.fleet.note("kill", self.name, list(pids), signum, graceful_timeout)

    def deliver(self, pids, signum):
        known = [pid for pid in pids if pid in self.pids]
        return self.fleet.note("deliver", known, signum)

    def send_signal_child(self, pid, child_id, signum):
        self.fleet.asked.append(("send_signal_child", pid, child_id, signum))

    def send_signal_children(self, pid, signum, recursive=False):
        if pid not in self.pids:
            raise KeyError(pid)
        self.fleet.asked.append(("send_signal_children", pid, signum, recursive))

    def info(self, extended=False):
        return {pid: self.process_info(pid, extended) for pid in self.pids}

    def process_info(self, pid, extended=False):
        if pid not in self.pids:
            raise KeyError(pid)
        return {"pid": pid, "extended": extended}

    def tail(self, stream, lines, since):
        page = self.pages.pop(0) if self.pages else {**PAGE, "text": ""}
        return self.fleet.note("tail", self.name, stream, lines, since, result=page)

    def options(self):
        return [("cmd", f"run {self.name}"), ("env", {"B": "2", "A": "1"}), ("uid", None)]
