"""A program that talks to the whole application in process, one request after the other or many at once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from app.main import close, create_app
from app.settings import Settings
from tests.views.graphs import wait_patiently

MAZUR = {"kind": "preset", "name": "mazur"}
CHAIN = {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"}


class Api:
    """The application with a store of its own, and a client of it. A trace in the application fails the test."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        given = {"store": f"sqlite:///{(folder / 'sessions.db').as_posix()}", "hosts": ("chainrule.test",)} | settings
        self.app = create_app(Settings(**given))
        wait_patiently(self.app.state.layouts)
        self.runner = asyncio.Runner()

    def together(self, talk: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """What several requests of one loop answer."""

        async def opened() -> Any:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://chainrule.test") as client:
                return await talk(client)

        return self.runner.run(opened())

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.together(lambda client: client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, **({} if json is None else {"json": json}), **options)

    def patch(self, path: str, json: Any, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, json=json, **options)

    def session(self, spec: Any = MAZUR) -> str:
        """The address of a new session."""
        answer = self.post("/api/sessions", spec)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    def close(self) -> None:
        self.runner.close()
        close(self.app)


def node(answer: httpx.Response, id: str) -> dict[str, Any]:
    """One node of a session's answer."""
    return next(node for node in answer.json()["nodes"] if node["id"] == id)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """A refusal, once it is seen to be one in every respect."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status and said["title"] and said["detail"] and said["type"]
    assert "Traceback" not in answer.text
    return said
