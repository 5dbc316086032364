"""The log: one JSON object a line on standard output, and one such line for every request answered.

A session's address is all that protects it, so a request is named by the pattern of its path, never by the path.
"""

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from types import TracebackType

from starlette.types import Message, Receive, Scope, Send

from app.errors import visible
from app.web import urls
from app.web.passage import Passage

REPEAT_SECONDS = 10.0
MAX_REMEMBERED = 200

requests = logging.getLogger("app.requests")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what a call gave as `extra={"fields": {…}}` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if repeated := getattr(record, "repeated", 0):
            line["repeated"] = repeated
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return visible(json.dumps(line, ensure_ascii=False, default=str))


class Repeats(logging.Filter):
    """Lets a warning or an error through once in a while, and counts what says the same meanwhile: the next one tells.

    A server without free files fails to accept a connection thousands of times a second, with a trace each.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or hasattr(record, "fields"):
            return True
        error = record.exc_info[1] if record.exc_info else None
        key, now = (record.name, record.getMessage(), repr(error)), time.monotonic()
        written, count = self._seen.get(key, (-REPEAT_SECONDS, 0))
        if now - written < REPEAT_SECONDS:
            self._seen[key] = written, count + 1
            return False
        if len(self._seen) >= MAX_REMEMBERED:
            self._seen.clear()
        self._seen[key] = now, 0
        record.repeated = count
        return True


def write_to_stdout(level: str) -> None:
    """Send every logger's lines to standard output, the server's own too, which has set up others before.

    So are warnings of Python and NumPy, and errors that nobody caught, which would else be written as they are.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(Repeats())
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    logging.captureWarnings(True)
    sys.excepthook = note_uncaught
    threading.excepthook = sys.unraisablehook = lambda caught: note_uncaught(*caught[:3])


def note_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log an error that nobody caught."""
    logging.getLogger(__name__).error("an error was not caught", exc_info=(kind, error or kind(), trace))


class RequestLog(Passage):
    """Logs each request when its answer is done: method, pattern of the path, status and milliseconds."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            milliseconds = round((time.perf_counter() - begun) * 1000, 2)
            line = {"method": scope["method"], "path": pattern(scope), "status": status, "milliseconds": milliseconds}
            requests.log(level(status, line["path"]), "request", extra={"fields": line})


def pattern(scope: Scope) -> str:
    """The pattern of the route that answered, without anybody's ids in it."""
    route = scope.get("route")
    if path := getattr(route, "path", None):
        return path
    return "/static" if urls.inside(scope["path"]).startswith("/static/") else "no route"


def level(status: int, path: str) -> int:
    """A failure of ours is an error; what programs ask all day long is for debugging."""
    if status >= 500:
        return logging.ERROR
    return logging.DEBUG if path in ("/healthz", "/readyz", "/static") else logging.INFO
