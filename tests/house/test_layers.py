"""Imports point inward: the layers of the design as data, and the imports read from the source."""

from __future__ import annotations

import pytest

from tests.helpers.source import Import, complain, imports, modules, used_names

LAYERS = [
    {"circus", "exc", "figures", "gone"},
    {"green", "scribe"},
    {"spec"},
    {"core", "wire"},
    {"commands", "host", "stream"},
    {"patience"},
    {"lifeline", "loop", "endpoint", "dotted", "pidfile", "logs", "tunnel", "collector", "notify"},
    {"callout", "handover", "surroundings", "discovery", "letterbox", "doorkey", "flags"},
    {"umasking", "logplaces", "logconfig", "errands", "folders", "declared"},
    {"calls", "config", "sockets", "process", "client", "consumer", "remains", "adoption"},
    {"hooks", "output", "perform", "publisher", "aclient", "deaths", "launches", "demand"},
    {"occupied", "tracing"},
    {"crew", "drive", "retune", "rebind"},
    {"stopcommand", "birth"},
    {"stage"},
    {"observable", "attributes", "audible"},
    {"insight"},
    {"kept"},
    {"watcher"},
    {"sweeps", "roster", "reconfigure", "reopening", "plugged"},
    {"verbs", "controller", "sighandler", "forwarding"},
    {"endings"},
    {"life"},
    {"embedding"},
    {"arbiter"},
    {"plugins", "stats", "cli"},
    {"top", "web"},
    {"circusd", "circusctl"},
    {"util", "fixed_threading"},
]
"""Rooms from the bottom to the top. A room is a folder or a module right under circus/."""

MAY = {
    "circus": set(),
    "exc": set(),
    "figures": set(),
    "spec": {"circus.exc"},
    "core": {"circus.exc", "circus.spec"},
    "wire": {"circus.exc"},
    "commands": {"circus.exc", "circus.spec", "circus.core.goal", "circus.wire"},
    "host": {"circus.exc", "circus.figures", "circus.spec.launch"},
    "stream": {"circus.exc", "circus.spec"},
}
"""What a room below the shell may import besides itself."""

BESIDE = {
    ("controller", "sighandler"): "Circus's controller has a sys_hdl",
}
"""The neighbours in one layer that may know each other, and why."""

LATE = {
    "circus": "get_arbiter imports the daemon when it is called, not before",
    "circus.circusctl": "a one-shot command imports only what its verb needs",
    "circus.circusd": "--check and --version do not pay for the daemon",
    "circus.cli": "a one-shot command imports only what its verb needs",
}
"""The modules that may import inside functions, and why."""

FOR_TYPES = {
    "circus": "types of what it hands out, and imports when it is asked for",
}
"""The modules whose imports under TYPE_CHECKING may lead anywhere, and why."""

DAEMON = {"arbiter", "life", "watcher", "controller", "host"}
INDEPENDENT = {
    *("client", "aclient", "consumer", "stream", "plugins", "stats", "top", "web", "commands")
}

PURE = {"spec", "core", "wire"}
NOT_PURE = {"asyncio", "tornado", "zmq", "psutil", "subprocess"}
NOT_PURE_NAMES = {"os.kill", "time.time", "time.monotonic"}

PSUTIL = ("circus.host.facts", "circus.stats", "circus.plugins")
PROCESS_CALLS = {
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.posix_spawnp",
    "os.kill",
    "os.killpg",
    "os.pidfd_open",
    "os.wait",
    "os.waitpid",
    "os.waitid",
    "os.wait3",
    "os.wait4",
    "signal.pidfd_send_signal",
}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def level(module: str) -> int:
    return next(n for n, rooms in enumerate(LAYERS) if room(module) in rooms)


def ours(name: str) -> list[Import]:
    return [
        found
        for found in imports(name)
        if found.module.split(".")[0] == "circus" and not (found.typed and name in FOR_TYPES)
    ]


def within(module: str, parents: object) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def test_every_module_lives_in_exactly_one_layer():
    placed = [room(module) for module in modules()]
    known = [name for rooms in LAYERS for name in rooms]
    assert len(known) == len(set(known))
    assert sorted(set(placed) - set(known)) == []


@pytest.mark.parametrize("name", modules())
def test_a_module_imports_only_what_its_layer_allows(name):
    complain(
        [
            f"{name}:{found.line} imports {found.module}"
            for found in ours(name)
            if name not in LATE or not found.function
            if not allowed(name, found.module)
        ]
    )


def allowed(name: str, target: str) -> bool:
    here, there = room(name), room(target)
    if here == there:
        return True
    if here in MAY:
        return within(target, MAY[here])
    if (here, there) in BESIDE:
        return True
    return level(target) < level(name)


@pytest.mark.parametrize(
    ("name", "target", "may"),
    [
        ("circus.core.watcher", "circus.spec.model", True),
        ("circus.core.watcher", "circus.core.goal", True),
        ("circus.core.watcher", "circus.wire.topics", False),
        ("circus.commands.stop", "circus.core.goal", True),
        ("circus.commands.stop", "circus.core.watcher", False),
        ("circus.commands.stop", "circus.host.spawn", False),
        ("circus.host.spawn", "circus.spec.launch", True),
        ("circus.host.spawn", "circus.spec.model", False),
        ("circus.watcher", "circus.host.spawn", True),
        ("circus.watcher", "circus.arbiter", False),
        ("circus.arbiter", "circus.controller", True),
        ("circus.controller", "circus.arbiter", False),
    ],
)
def test_the_table_of_layers_is_read_as_it_is_meant(name, target, may):
    assert allowed(name, target) is may


def test_no_import_goes_round_in_a_circle():
    graph = {
        name: {found.module for found in ours(name) if not found.function} - {name}
        for name in modules()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for target in sorted(graph.get(name, ())):
                visit(target, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("name", modules())
def test_no_import_hides_in_a_function(name):
    if not (name in LATE or within(name, LATE.keys() - {"circus"})):
        hidden = [found for found in imports(name) if found.function]
        complain([f"{name}:{found.line} {found.module} in {found.function}" for found in hidden])


@pytest.mark.parametrize("name", [name for name in modules() if room(name) in INDEPENDENT])
def test_what_serves_clients_never_reaches_the_daemon(name):
    seen, new = {name}, [name]
    while new:
        here = new.pop()
        for found in ours(here):
            if not found.function and found.module in modules() and found.module not in seen:
                seen.add(found.module)
                new.append(found.module)
    assert sorted(module for module in seen if room(module) in DAEMON) == []


@pytest.mark.parametrize("name", [name for name in modules() if room(name) in PURE])
def test_the_pure_layers_touch_neither_loop_nor_clock_nor_kernel(name):
    complain(
        [
            f"{name}:{found.line} imports {found.module}"
            for found in imports(name)
            if found.module.split(".")[0] in NOT_PURE
        ]
        + [f"{name}:{line} uses {used}" for used, line in used_names(name) if impure(used)]
    )


def impure(used: str) -> bool:
    return used in NOT_PURE_NAMES or (used.startswith("random.") and used != "random.Random")


@pytest.mark.parametrize("name", modules())
def test_psutil_is_imported_in_few_places(name):
    if not within(name, PSUTIL):
        complain(
            [
                f"{name}:{found.line} imports psutil"
                for found in imports(name)
                if found.module.split(".")[0] == "psutil"
            ]
        )


@pytest.mark.parametrize("name", modules())
def test_processes_are_made_signalled_and_reaped_in_the_host_only(name):
    if room(name) != "host":
        complain(
            [
                f"{name}:{line} uses {used}"
                for used, line in used_names(name)
                if used in PROCESS_CALLS
            ]
        )


def test_the_table_of_layers_is_about_rooms_that_can_exist():
    known = {name for rooms in LAYERS for name in rooms}
    assert known >= MAY.keys() | DAEMON | INDEPENDENT | PURE
    assert all(pair <= rooms for pair in map(set, BESIDE) for rooms in LAYERS if pair & rooms)
