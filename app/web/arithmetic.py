"""Arithmetic of float64 as IEEE 754 has it: what overflows is an infinity, and that is no warning."""

import numpy as np
from starlette.types import ASGIApp, Receive, Scope, Send


class Arithmetic:
    """Answers every request with NumPy's warnings off: ∞ and NaN are numbers here, which each view shows as such.

    The threads that a request is answered in have its setting, since they have its context.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with np.errstate(all="ignore"):
            await self.app(scope, receive, send)
