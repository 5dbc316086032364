"""Where everything meets: settings, store, service, the two faces, and the server's own duties."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from app.settings import Settings, SettingsError
from app.web import logs, static


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole product as one ASGI application; the settings come from the environment unless they are given."""
    settings = settings or Settings.from_environment()
    app = FastAPI(title="Chainrule", version="0.1.0", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    static.mount(app)
    app.add_middleware(logs.RequestLog)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """From the first request to the last."""
    # The arrays are small and many people share the processors: more threads a product would only make them wait.
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def serve() -> FastAPI:
    """The application for a server: it logs to standard output, and a setting that cannot be used ends the start."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        raise SystemExit(f"Chainrule cannot start: {error}") from None
    logs.write_to_stdout(settings.log_level)
    return create_app(settings)


def __getattr__(name: str) -> Any:
    """`app`, made when a server asks for it (`uvicorn app.main:app`), so that importing this module does nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = made = serve()
    return made
