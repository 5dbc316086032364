"""Arithmetic of float64 as IEEE 754 has it: what overflows is an infinity, and that is no warning."""

import numpy as np
from starlette.types import Receive, Scope, Send

from app.web.passage import Passage


class Arithmetic(Passage):
    """Answers every request with NumPy's warnings off: ∞ and NaN are numbers here, which each view shows as such.

    The threads that a request is answered in have its setting, since they have its context.
    """

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        with np.errstate(all="ignore"):
            await self.app(scope, receive, send)
