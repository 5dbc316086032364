"""The switch between the languages: it is remembered in a cookie and leads back to the page it was on."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import N_, Invalid
from app.web import language, urls

YEAR = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)


@router.post("/language")
def choose(
    request: Request, chosen: Annotated[str, Form(alias="language")] = "", back: Annotated[str, Form(alias="next")] = ""
) -> Response:
    """Answer in another language from now on."""
    if chosen not in language.languages():
        template = N_("Expected one of {expected}, not {came}.")
        raise Invalid(template, expected=list(language.languages()), came=repr(chosen[:40]), pointer="/language")
    answer = RedirectResponse(back if is_own(back) else urls.home(), 303)
    is_secure = request.url.scheme == "https"
    answer.set_cookie(language.COOKIE, chosen, max_age=YEAR, httponly=True, samesite="lax", secure=is_secure)
    return answer


def is_own(address: str) -> bool:
    """Whether an address is a path of this site; browsers read two slashes, or a backslash, as another one."""
    return address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
