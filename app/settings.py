"""What whoever runs Chainrule may choose: read once from the environment, frozen, handed down."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from app.nn.limits import Limits

PREFIX = "CHAINRULE_"
LOG_LEVELS = ("debug", "info", "warning", "error")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class SettingsError(ValueError):
    """A variable of the environment cannot be used; the message names it, what was expected and what came."""


class Unusable(ValueError):
    """A text is not what a setting needs; the message says what was expected."""


def user_folder() -> Path:
    """Where this system keeps the files of a person's programs."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Chainrule"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Chainrule"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "chainrule"


def default_store() -> str:
    """A database of this person's own, the same wherever the program is started from."""
    return f"sqlite:///{(user_folder() / 'sessions.db').as_posix()}"


def read_count(text: str) -> int:
    """A number of things, 1 or more."""
    if not re.fullmatch(r"[0-9_]{1,18}", text) or not text.strip("_") or int(text.replace("_", "")) < 1:
        raise Unusable("an integer, 1 or more")
    return int(text.replace("_", ""))


def read_number(text: str) -> int:
    """A number of things, none of them too."""
    return 0 if re.fullmatch(r"0{1,18}", text) else read_count(text)


def cores_but_one() -> int:
    """One process for every core but the server's, one at least."""
    return max(1, (os.cpu_count() or 1) - 1)


def read_duration(text: str) -> int:
    """A time in seconds, or with a unit: 45m, 12h, 30d."""
    match = re.fullmatch(r"([0-9]{1,12})([smhd]?)", text)
    if not match or int(match[1]) < 1:
        raise Unusable("seconds, or a number with a unit such as 45m, 12h or 30d")
    return int(match[1]) * SECONDS[match[2]]


def read_store(text: str) -> str:
    """The address of a store."""
    if not re.fullmatch(r"sqlite:///.+", text):
        raise Unusable("sqlite:///relative.db or sqlite:////absolute/path.db")
    return text


def read_hosts(text: str) -> tuple[str, ...]:
    """Names of this server: one, all below one, or any."""
    names = tuple(name.strip().lower().removesuffix(".") for name in text.split(","))
    if not all(name == "*" or re.fullmatch(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", name) for name in names):
        raise Unusable("names with commas between them, such as example.org or *.example.org, without ports, or *")
    return names


def read_log_level(text: str) -> str:
    """How much is logged."""
    if text.lower() not in LOG_LEVELS:
        raise Unusable(f"one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def setting(read: Callable[[str], Any], default: Any) -> Any:
    """A field of `Settings`: how its text is read, and its default or the function that makes it."""
    given = {"default_factory": default} if callable(default) else {"default": default}
    return field(metadata={"read": read}, **given)


@dataclass(frozen=True)
class Settings:
    """Each field is a variable of the environment: `max_nodes` is CHAINRULE_MAX_NODES."""

    store: str = setting(read_store, default_store)
    max_nodes: int = setting(read_count, Limits.max_nodes)
    max_elements: int = setting(read_count, Limits.max_elements)
    max_total_elements: int = setting(read_count, Limits.max_total_elements)
    max_work: int = setting(read_count, Limits.max_work)
    max_rows: int = setting(read_count, Limits.max_rows)
    max_columns: int = setting(read_count, Limits.max_columns)
    max_session_bytes: int = setting(read_count, Limits.max_session_bytes)
    max_memory_bytes: int = setting(read_count, Limits.max_memory_bytes)
    max_store_bytes: int = setting(read_count, Limits.max_store_bytes)
    max_waiting: int = setting(read_count, 128)
    max_body_bytes: int = setting(read_count, 4 * 2**20)
    hosts: tuple[str, ...] = setting(read_hosts, ())
    trainers: int = setting(read_number, cores_but_one)
    session_ttl: int = setting(read_duration, 30 * SECONDS["d"])
    log_level: str = setting(read_log_level, "info")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that the environment asks for; a variable that is unset or empty leaves the default.

        Raises `SettingsError` for the first variable that cannot be used.
        """
        chosen = {}
        for one in fields(cls):
            variable = PREFIX + one.name.upper()
            if text := environ.get(variable, "").strip():
                try:
                    chosen[one.name] = one.metadata["read"](text)
                except Unusable as expected:
                    raise SettingsError(f"{variable} must be {expected}, not {text!r}.") from None
        return cls(**chosen)

    @property
    def limits(self) -> Limits:
        """The bounds on one session."""
        return Limits(**{one.name: getattr(self, one.name) for one in fields(Limits)})
