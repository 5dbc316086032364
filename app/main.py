"""Where everything meets: settings, store, service, the two faces, and the server's own duties."""

import asyncio
import gc
import logging
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from threadpoolctl import threadpool_limits

import app as package
from app.errors import Unavailable
from app.layout.layouts import Layouts
from app.session.memory import give_back_large_arrays
from app.session.service import Sessions
from app.session.store import kept_since
from app.session.stores import open_store
from app.settings import Settings, SettingsError, cores_but_one
from app.training.trainers import Trainers
from app.web import (
    api,
    branching,
    comparison,
    derivation,
    export,
    header_lines,
    health,
    home,
    logs,
    openapi,
    pages,
    problems,
    rendering,
    run_pages,
    runs_api,
    static,
    tour,
)
from app.web.arithmetic import Arithmetic
from app.web.ending import Ending, UnderWay
from app.web.heads import Heads
from app.web.language import Language
from app.web.office import Office
from app.web.queues import Queues
from app.web.security import BodyLimit, Hosts, SameSite, SecurityHeaders
from app.web.urls import Rooted
from app.web.watching import Closing

SWEEP_SECONDS = 900
THREADS = 64
"""Half of them for requests that take their turn, the others for static files and streams."""

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole product as one ASGI application; the settings come from the environment unless they are given."""
    settings = settings or Settings.from_environment()
    app = FastAPI(
        title="Chainrule",
        summary=package.__doc__,
        version=package.__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.store = open_store(settings.store, settings.max_store_bytes)
    app.state.trainers = Trainers(settings.trainers, settings.store, settings.limits)
    crew = {"wake": app.state.trainers.wake, "has_trainers": app.state.trainers.are_there}
    app.state.sessions = Sessions(app.state.store, settings.limits, settings.session_ttl, **crew)
    app.state.layouts = Layouts()
    app.state.closing = Closing()
    app.state.queues = Queues(settings.max_waiting)
    app.state.office = Office(partial(office_app, settings), close, cores_but_one())
    app.state.ending = Ending(app.state.trainers.kill)
    for router in (
        api.router,
        runs_api.router,
        derivation.router,
        home.router,
        tour.router,
        pages.router,
        branching.router,
        comparison.router,
        export.router,
        run_pages.router,
        health.router,
    ):
        app.include_router(router)
    openapi.describe(app)
    static.mount(app)
    problems.install(app, home.error_page)
    for middleware, options in innermost_first(settings):
        app.add_middleware(middleware, **options)
    return app


def office_app(settings: Settings) -> FastAPI:
    """The application of a process that answers what the server hands on to it, and has noted already.

    All such processes together keep half as much in memory as the server.
    """
    logs.write_to_stdout(settings.log_level)
    logs.requests.disabled = True
    share = max(settings.max_memory_bytes // (2 * cores_but_one()), 1)
    made = create_app(replace(settings, trainers=0, max_memory_bytes=share))
    settle()
    return made


def innermost_first(settings: Settings) -> list[tuple[Any, dict[str, Any]]]:
    """What every request passes through before it is routed, the last of the list first."""
    return [
        (Arithmetic, {}),
        (Heads, {}),
        (SameSite, {}),
        (BodyLimit, {"most": settings.max_body_bytes}),
        (Hosts, {"names": settings.hosts}),
        (problems.Refusals, {}),
        (Language, {}),
        (SecurityHeaders, {}),
        (logs.RequestLog, {}),
        (UnderWay, {}),
        (Rooted, {}),
    ]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """From before the first request to after the last."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    app.state.trainers.start()
    app.state.office.open()
    announce_the_end(app)
    sweeping = asyncio.create_task(sweep_forever(app, app.state.store.newest_use() or time.time()))
    # The arrays are small and many people share the processors: more threads a product would only make them wait.
    with threadpool_limits(limits=1, user_api="blas"):
        yield
    sweeping.cancel()
    with suppress(asyncio.CancelledError):
        await sweeping
    await asyncio.to_thread(app.state.trainers.close)
    close(app)
    app.state.ending.close()


def close(app: FastAPI) -> None:
    """Let go of the store's file and of the process that makes layouts."""
    app.state.office.close()
    app.state.layouts.close()
    app.state.store.close()


def announce_the_end(app: FastAPI) -> None:
    """Send away who waits, and end the streams that would never end, with the signal that ends the server."""
    if threading.current_thread() is not threading.main_thread():
        return
    app.state.ending.watch()
    for number in (signal.SIGINT, signal.SIGTERM):
        handle = signal.getsignal(number)
        if callable(handle) and handle is not signal.default_int_handler:
            signal.signal(number, partial(end_streams, app, asyncio.get_running_loop(), handle))


def end_streams(
    app: FastAPI, loop: asyncio.AbstractEventLoop, handle: Callable[..., Any], number: int, frame: Any
) -> None:
    """Have every stream end soon and nobody wait any more, then do what the server does with a signal."""
    app.state.closing.is_near = True
    loop.call_soon_threadsafe(app.state.queues.close)
    loop.call_soon_threadsafe(app.state.office.stop)
    app.state.ending.begin(number)
    handle(number, frame)


async def sweep_forever(app: FastAPI, newest_use: float) -> None:
    """Remove now and then, but never right after the start, the sessions that nobody has touched for too long."""
    begun = time.monotonic()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            uptime = time.monotonic() - begun
            before = kept_since(time.time(), newest_use, uptime, app.state.settings.session_ttl)
            if removed := await asyncio.to_thread(app.state.store.sweep, before):
                logger.info("removed %d sessions that were not touched for long", removed)
        except Unavailable as refusal:
            logger.warning("no session was removed: %s", refusal)


def serve() -> FastAPI:
    """The application for a server: it logs to standard output, and a setting that cannot be used ends the start."""
    try:
        settings = Settings.from_environment()
        logs.write_to_stdout(settings.log_level)
        header_lines.match_in_one_way()
        made = create_app(settings)
    except (SettingsError, Unavailable, OSError) as error:
        raise SystemExit(f"Chainrule cannot start: {error}") from None
    settle()
    return made


def settle() -> None:
    """Leave what lives as long as the process out of every search for garbage, which held answers up by 70 ms; and give
    back at once what does not.
    """
    give_back_large_arrays()
    rendering.environment()
    gc.collect()
    gc.freeze()


def __getattr__(name: str) -> Any:
    """`app`, made when a server asks for it (`uvicorn app.main:app`), so that importing this module does nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = made = serve()
    return made
