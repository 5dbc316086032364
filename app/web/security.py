"""What the browser is told to refuse, and what the server refuses itself: other names, other sites, large bodies."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import N_, Forbidden, Invalid, Misdirected, TooLarge, TooMany, TooSlow
from app.session.budget import Budget
from app.web.passage import Passage

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        # Heat maps are small pictures that come with the page they belong to.
        "img-src 'self' data:",
    )
)
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # With no-referrer a browser would send `Origin: null` with the pages' own forms, and they would be refused.
    "referrer-policy": "same-origin",
    "permissions-policy": PERMISSIONS,
    # An answer may hold a session or lead to one; what may be kept says so itself.
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# A client that is still sending cannot hear the refusal; so much more than allowed is read, and dropped, before it.
PATIENCE = 32
SILENCE, SECONDS = 20, 180
"""Seconds in which nothing of a body may come, and in which all of it must."""
BODIES = 64 * 2**20
"""Bytes of all bodies that are being read, or belong to requests not answered yet."""
SMALL = 64 * 2**10
"""Bytes up to which a body is read whatever others have: whoever sends large ones slowly must not stop the rest."""


class SecurityHeaders(Passage):
    """Adds the headers that every answer carries, errors and files too."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)


class Hosts(Passage):
    """Refuses names that this server was not given.

    Otherwise any site could have its own name lead here, and its pages would then read and write here as ours do. For
    that a site needs a name: localhost and literal addresses are always allowed. Only the `Host` counts, which a page
    cannot choose; a forwarded host could be written by a page in the browser of a machine that is trusted as a proxy.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        super().__init__(app)
        self.names = names

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Browsers always say a name; only programs that speak HTTP/1.0 may leave it out.
        for host in Headers(scope=scope).getlist("host"):
            if host and not is_ours(host, self.names):
                template = N_("This server does not answer to the name {came}. Its operator can allow it in {limit}.")
                raise Misdirected(template, came=(host.partition(":")[0] or host)[:100], limit="CHAINRULE_HOSTS")
        await self.app(scope, receive, send)


def is_ours(host: str, names: Sequence[str]) -> bool:
    """Whether a `Host` is localhost, a literal address, or one of these names."""
    match = HOST.fullmatch(host.lower())
    if match is None or "*" in names:
        return "*" in names
    name = match[1].removesuffix(".")
    with suppress(ValueError):
        return bool(ip_address(name.strip("[]")))
    below = (known[1:] for known in names if known.startswith("*."))
    return name in ("localhost", *names) or any(map(name.endswith, below))


class SameSite(Passage):
    """Refuses writes that a page of another site asked for; programs, which say nothing of a site, pass."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in READING and is_foreign(Headers(scope=scope)):
            raise Forbidden(N_("This page of another site may not change anything here."))
        await self.app(scope, receive, send)


def is_foreign(headers: Headers) -> bool:
    """Whether a page of another site made the browser send this request.

    Browsers say so in `Sec-Fetch-Site`, but only over HTTPS and to localhost; elsewhere `Origin` must be our host.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    ours = _address(f"{origin.partition('://')[0]}://{headers.get('host', '')}")
    return ours is None or _address(origin) != ours


def _address(url: str) -> tuple[str, int | None] | None:
    """Host and port of a URL, None where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


class BodyLimit(Passage):
    """Reads each body before anyone else sees it and refuses one of more than `most` bytes, announced or not.

    A body that does not come in time is refused, and so is a large one while all others together are `BODIES` long: a
    request keeps its body until it is answered.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        super().__init__(app)
        self.most = most
        self.budget = Budget(BODIES, SMALL)

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        chunks: list[bytes] = []
        try:
            await self._read(Headers(scope=scope), timely(receive), chunks)
            chunks[:] = [b"".join(chunks)]
            await self.app(scope, _replay(chunks[0], receive), send)
        except (TooLarge, TooMany, TooSlow) as refusal:
            # What is left of the body is not read, so nothing else can be asked on this connection.
            refusal.headers = {"connection": "close"}
            raise
        finally:
            self.budget.give_back(sum(map(len, chunks)))

    async def _read(self, headers: Headers, receive: Receive, chunks: list[bytes]) -> None:
        """Read the whole body. Raises TooLarge, TooMany, TooSlow, or Invalid if the client went away before its end."""
        announced = headers.get("content-length", "").lstrip("0")
        # Some signs, as ², are digits to Python and no numbers; thousands of digits it does not read.
        is_long = len(announced) > len(str(self.most))
        if announced.isascii() and announced.isdigit() and (is_long or int(announced) > self.most):
            if "expect" not in headers:
                await self._drop(receive, 0)
            raise self._refusal()
        size, has_more = 0, True
        while has_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Invalid(N_("The body ended before it was complete."))
            chunk, has_more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size > self.most:
                if has_more:
                    await self._drop(receive, size)
                raise self._refusal()
            self.budget.take(len(chunk), size - len(chunk))
            chunks.append(chunk)

    async def _drop(self, receive: Receive, size: int) -> None:
        while size < PATIENCE * self.most:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                return

    def _refusal(self) -> TooLarge:
        template = N_("What is sent at once may have at most {most} bytes ({limit}).")
        return TooLarge(template, most=self.most, limit="CHAINRULE_MAX_BODY_BYTES")


def timely(receive: Receive) -> Receive:
    """Make a `receive` that raises TooSlow after too long a silence, or when all of it has taken too long."""
    until = asyncio.get_running_loop().time() + SECONDS

    async def received() -> Message:
        soon = asyncio.get_running_loop().time() + SILENCE
        try:
            async with asyncio.timeout_at(min(soon, until)):
                return await receive()
        except TimeoutError:
            template = N_("The body did not come in time: it may take {most} seconds, with {pause} seconds of silence.")
            raise TooSlow(template, most=SECONDS, pause=SILENCE) from None

    return received


def _replay(body: bytes, receive: Receive) -> Callable:
    """Make a `receive` that hands out the body that was read, then whatever comes after it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return first.pop() if first else await receive()

    return replayed
