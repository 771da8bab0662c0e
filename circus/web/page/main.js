/**
 * The page: it opens the connection, gives each message to who it is for, and shows the view that
 * the address names: `#/` the fleet, `#/watchers/NAME` one watcher, `#/watchers/NAME/PART` a part.
 */

import { Actions } from "./actions.js";
import { speak } from "./announce.js";
import { Connection } from "./connection.js";
import { DaemonLine } from "./daemon.js";
import { FleetView } from "./fleet.js";
import { LinkBanner } from "./link.js";
import { opens } from "./menu.js";
import { condition, Model } from "./model.js";
import { some } from "./format.js";
import { switches } from "./theme.js";
import { WatcherView } from "./watcher.js";

/** The mark in the browser's own timeline of when the fleet was drawn first. */
const DRAWN = "fleet drawn";

const model = new Model();
const main = document.getElementById("main");
const socket = new URL("/api/live", window.location.href);
socket.protocol = socket.protocol.replace("http", "ws");

const banner = new LinkBanner(() => connection.retry());
const connection = new Connection(socket.href, receive, (state) => {
  banner.link(state);
  if (state.open) view.subscribe();
  else checkSession();
});
const actions = new Actions(connection, model);
const line = new DaemonLine(model);
const fleet = new FleetView({ model, actions, connection });
let view = fleet;

const HANDLERS = {
  fleet(message) {
    model.replace(message);
    banner.daemon(model.daemon.up, message.daemon.reason);
    line.update();
    view.replaced();
    if (!performance.getEntriesByName(DRAWN).length) performance.mark(DRAWN);
  },
  watchers(message) {
    const before = troubled();
    model.update(message);
    const names = (message.watchers ?? []).map(({ name }) => name);
    view.changed(names, message.gone ?? []);
    warn(before);
  },
  samples(message) {
    model.sample(message);
    line.sampled();
    view.sampled();
  },
  history(message) {
    model.remember(message);
    if (message.name === null) line.sampled();
    view.take(message);
  },
  daemon(message) {
    Object.assign(model.daemon, message.daemon, { up: message.up });
    banner.daemon(message.up, message.reason, model.heardAt);
    line.update();
  },
};

function receive(message) {
  if (Object.hasOwn(HANDLERS, message.type)) HANDLERS[message.type](message);
  else view.take(message);
}

function troubled() {
  return new Set(
    [...model.watchers.values()]
      .filter((watcher) => condition(watcher).group === "trouble")
      .map(({ name }) => name),
  );
}

/** Tell who cannot see it that watchers have come into trouble. */
function warn(before) {
  const fresh = [...troubled()].filter((name) => !before.has(name));
  if (fresh.length) speak(`In trouble: ${some(fresh)}`);
}

/** The watcher and the part that the address names; no watcher is the fleet. */
function address() {
  const [, place, name, part] = window.location.hash.split("/");
  try {
    return { wanted: place === "watchers" && name ? decodeURIComponent(name) : null, part };
  } catch {
    return { wanted: null }; // no address that this page has made
  }
}

function route() {
  const { wanted, part } = address();
  const moved = (view.name ?? null) !== wanted;
  if (moved || !main.firstChild) {
    const focus = Boolean(main.firstChild);
    view.close();
    view = wanted === null ? fleet : new WatcherView(wanted, { model, actions, connection });
    main.replaceChildren(view.node);
    document.title = wanted === null ? "Circus" : `${wanted} · Circus`;
    window.scrollTo(0, 0);
    view.show({ part, focus });
    view.subscribe(false);
  } else {
    view.show({ part });
  }
}

/** A session that is no longer valid shows the door anew. */
async function checkSession() {
  try {
    const answer = await fetch("/api/numwatchers", { headers: { Accept: "application/json" } });
    if (answer.status === 401) window.location.reload();
  } catch {
    // the console is away: the connection tries again by itself
  }
}

async function logOut() {
  await fetch("/logout", { method: "POST" });
  window.location.reload();
}

switches(document.getElementById("theme"));
opens(document.getElementById("all"), () => actions.menuOfAll());
document.getElementById("logout").addEventListener("click", logOut);
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", route);
setInterval(() => {
  if (document.hidden) return;
  view.tick(Date.now() / 1000);
  line.tick();
  banner.tick();
}, 1000);
if (window.location.hash.startsWith("#token=")) window.history.replaceState(null, "", "/");
route();
connection.connect();
