"""What requests pass through on their way to the routes, and their answers on the way back."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Passage:
    """One place that requests pass through. What is no request, as the start of the server, passes by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.let_through if scope["type"] == "http" else self.app)(scope, receive, send)

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on to `app`, or answer it."""
        raise NotImplementedError
