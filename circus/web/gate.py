"""Who may come in: the token, the sessions made of it, the names we answer to, foreign pages.

The gate decides and does nothing else: it reads no socket and no clock. Three things are asked of a
request, in this order.

- *Host*: a name that is not ours means that somebody's domain was pointed at our address (DNS
  rebinding). An address written in digits cannot be pointed anywhere, so it is good.
- *Origin* and *Sec-Fetch-Site*: a browser says which page sends it. Only our own may: a page of
  another port of this host is somebody else's.
- *Token*: in ``Authorization: Bearer``, or a cookie that was given for it. The cookie is not the
  token: it is a number and an end, signed with a key of this process:
  the list of those who have logged out lives no longer, so neither do the sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

SESSION = 7 * 86400
"""Seconds after which a session ends."""
PATIENCE = 10
"""So many wrong tokens are answered at once; those after them wait."""
PAUSE = 1.0
"""Seconds that a wrong token costs then."""
FORGIVEN = 60.0
"""Seconds without a wrong token after which the count begins anew."""
MOST_WAITING = 100
"""So many wrong tokens may wait for their answer; others are answered at once, by number 429."""
STANDARD = {"http": 80, "https": 443}
"""The port that an origin of a scheme does not name."""
LOGGED_OUT = 1000
"""So many sessions that have ended early are remembered; the oldest are forgotten."""


class Gate:
    """Decides who may come in.

    :param token: what opens the gate
    :param hosts: further names that our page is served under, such as that of a proxy: each a
        NAME for the standard ports, or NAME:PORT
    :param at: the name that we are served at; what is at its other ports is not our page
    """

    def __init__(self, token: str, hosts: Collection[str] = (), at: str = "") -> None:
        self._token = _digest(token)
        self._key = secrets.token_bytes(32)
        self._pages = frozenset(map(str.lower, hosts))
        self._names = frozenset(filter(None, (_hostname(host) for host in (*hosts, at))))
        self._wrong = 0
        self._last_wrong = 0.0
        self.waiting = 0
        """Answers to wrong tokens that are under way; counted by who waits."""
        self._logged_out: dict[str, None] = {}

    # --- names ------------------------------------------------------------------------------------

    def knows_host(self, host: str) -> bool:
        """Say whether a ``Host`` header names us."""
        name = _hostname(host)
        return name is not None and (name in self._names or _is_ours(name))

    def knows_origin(self, origin: str, host: str) -> bool:
        """Say whether an ``Origin`` header is our own page.

        :param host: the ``Host`` header, which was found good
        """
        parts = _split(origin)
        if parts is None or parts[0] not in STANDARD:
            return False
        scheme, place = parts
        # a browser leaves the port of the scheme out (RFC 6454 §6.2); a user may have written it
        spelled = {place, f"{place}:{STANDARD[scheme]}"}
        return place == host.lower() or not spelled.isdisjoint(self._pages)

    # --- tokens -----------------------------------------------------------------------------------

    @property
    def besieged(self) -> bool:
        """Whether so many wrong tokens wait for their answer that no other can."""
        return self.waiting >= MOST_WAITING

    def opens(self, token: str) -> bool:
        """Say whether this is the token, in a time that tells nothing about it."""
        return hmac.compare_digest(_digest(token), self._token)

    def wrong(self, now: float) -> float:
        """Take note of a wrong token; return how many seconds its answer has to wait.

        :param now: the monotonic time in seconds
        """
        if now - self._last_wrong > FORGIVEN:
            self._wrong = 0
        self._wrong += 1
        self._last_wrong = now
        return PAUSE if self._wrong > PATIENCE else 0.0

    # --- sessions ---------------------------------------------------------------------------------

    def session(self, now: float) -> str:
        """Return the cookie of a new session.

        :param now: seconds since the epoch
        """
        body = f"{int(now + SESSION)}.{secrets.token_urlsafe(12)}"
        return f"{body}.{self._sign(body)}"

    def admits(self, cookie: str, now: float) -> bool:
        """Say whether a cookie is one of ours, and still good."""
        body, _, signature = cookie.rpartition(".")
        good = hmac.compare_digest(signature.encode("utf-8", "replace"), self._sign(body).encode())
        if not good or body in self._logged_out:
            return False
        return self.left(cookie, now) > 0

    def left(self, cookie: str, now: float) -> float:
        """Return the seconds until a session ends, which is one of ours."""
        return int(cookie.partition(".")[0]) - now

    def log_out(self, cookie: str) -> None:
        """End a session."""
        body, _, signature = cookie.rpartition(".")
        if hmac.compare_digest(signature.encode("utf-8", "replace"), self._sign(body).encode()):
            self._logged_out[body] = None
            while len(self._logged_out) > LOGGED_OUT:
                del self._logged_out[next(iter(self._logged_out))]

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _digest(token: str) -> bytes:
    """Return a token in a length that tells nothing about it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _split(url: str) -> tuple[str, str] | None:
    """Return scheme and place of an origin, in lower case."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc.lower()


def _hostname(host: str) -> str | None:
    """Return the name in a ``Host`` header without its port, in lower case."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_ours(name: str) -> bool:
    """Say whether a name can only mean this machine, or is an address in digits."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
