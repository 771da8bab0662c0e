"""The page of the plugins that come with Circus, from circus.spec.options.shipped."""

from __future__ import annotations

from circus.spec.options.shipped import ALSO, SHIPPED, Shipped
from docs import rst
from docs.options_page import COLUMNS

HEAD = ("option", "value", "unit", "default", "meaning")


def page() -> str:
    """Return the page."""
    return "\n".join(
        [
            rst.heading("Plugins"),
            "Each of these is switched on by a section ``[plugin:NAME]`` with ``use = PATH``, and",
            "runs as the watcher ``plugin:NAME``. ``active = False`` leaves it out. Every option",
            "of a watcher may stand there too, such as ``priority`` or ``stdout_stream.class``.",
            ":doc:`../howto/plugins` tells how to write one.\n",
            *(_plugin(plugin) for plugin in SHIPPED.values()),
        ]
    )


def _plugin(plugin: Shipped) -> str:
    name = plugin.use.rpartition(".")[2]
    other = [rst.code(path) for path, same in ALSO.items() if same is plugin]
    paths = " or ".join([rst.code(plugin.use), *other])
    required = " or ".join(map(rst.code, plugin.required))
    demands = f"{required} has to be given.\n" if required else ""
    needs = f"It needs ``pip install 'circus[{plugin.extra}]'``.\n" if plugin.extra else ""
    lines = [[COLUMNS[name](row) for name in HEAD] for row in plugin.section]
    return "\n".join(
        part
        for part in (
            rst.heading(name, "-"),
            f"{rst.prose(plugin.about)}\n",
            f"Path: {paths}\n",
            needs,
            demands,
            rst.table(HEAD, lines) if lines else "",
        )
        if part
    )
