/**
 * The WebSocket to the console's server, and what is asked over it.
 *
 * It is opened again whenever it is lost: after half a second, then ever later up to 15 s, each time
 * with some chance so that many pages do not come at once; at once when the reader asks for it, the
 * network is back, or the page is shown again. A connection that stays silent although circusd is up
 * is taken for dead. What was asked and not answered when it is lost is refused with a sentence.
 */

const FIRST = 0.5;
const LONGEST = 15;
const SILENCE = 20;
const UNKNOWN = "The connection was lost before the answer came: whether it was done is not known.";
const AWAY = "There is no connection to the console: nothing was sent.";

export class Connection {
  /**
   * @param {string} url
   * @param {(message: object) => void} receive takes each message but the answers
   * @param {(state: {open: boolean, next: number|null}) => void} link told of each change; `next`
   *   is when it is tried again, in milliseconds since 1970
   */
  constructor(url, receive, link) {
    this.url = url;
    this.receive = receive;
    this.link = link;
    this.socket = null;
    this.failures = 0;
    this.timer = 0;
    this.watchdog = 0;
    this.refs = 0;
    /** @type {Map<string, (outcome: object) => void>} */
    this.asked = new Map();
    this.expecting = false;
    window.addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.retry();
    });
  }

  get open() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = 0;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.failures = 0;
      this.link({ open: true, next: null });
    });
    socket.addEventListener("message", (event) => this.heard(event.data));
    socket.addEventListener("close", () => {
      if (this.socket === socket) this.lost();
    });
  }

  /** Try now, if it waits. */
  retry() {
    if (this.timer) this.connect();
  }

  heard(text) {
    clearTimeout(this.watchdog);
    const message = JSON.parse(text);
    if (message.type === "answer") {
      const settle = this.asked.get(message.ref);
      this.asked.delete(message.ref);
      settle?.(message);
      return;
    }
    if (message.daemon && "up" in message.daemon) this.expecting = message.daemon.up;
    if (message.type === "daemon") this.expecting = message.up;
    if (this.expecting) this.watchdog = setTimeout(() => this.abandon(), SILENCE * 1000);
    this.receive(message);
  }

  /** A silent peer may never answer a close either, so it is left at once. */
  abandon() {
    const socket = this.socket;
    this.lost();
    socket?.close();
  }

  lost() {
    clearTimeout(this.watchdog);
    this.socket = null;
    for (const settle of this.asked.values()) settle({ ok: false, reason: UNKNOWN });
    this.asked.clear();
    const wait = Math.min(LONGEST, FIRST * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), wait * 1000);
    this.link({ open: false, next: Date.now() + wait * 1000 });
  }

  /** Say something that has no answer; while there is no connection it is not said. */
  say(message) {
    if (this.open) this.socket.send(JSON.stringify(message));
  }

  /**
   * Give a command.
   * @returns {Promise<{ok: boolean, answer?: object, reason?: string}>} never rejected
   */
  ask(command, properties = {}) {
    if (!this.open) return Promise.resolve({ ok: false, reason: AWAY });
    this.refs += 1;
    const ref = `p${this.refs}`;
    return new Promise((settle) => {
      this.asked.set(ref, settle);
      this.say({ ref, command, properties });
    });
  }
}
