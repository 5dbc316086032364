"""Settings come from the environment, and what cannot be used is refused by name."""

import dataclasses

import pytest

from app.settings import Settings, SettingsError


def test_an_empty_environment_leaves_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.max_nodes, settings.max_elements) == (20_000, 1_000_000)
    assert (settings.max_total_elements, settings.max_body_bytes) == (20_000_000, 4 * 1024 * 1024)
    assert settings.session_ttl == 30 * 24 * 3600
    assert settings.store.startswith("sqlite:///")


def test_every_setting_is_a_variable_named_after_it() -> None:
    given = {
        "store": "sqlite:///here.db",
        "max_nodes": "10",
        "max_elements": "1_000",
        "max_total_elements": "2000",
        "max_work": "3000",
        "max_rows": "5000",
        "max_columns": "600",
        "max_session_bytes": "700_000",
        "max_memory_bytes": "800000",
        "max_store_bytes": "900000",
        "max_waiting": "9",
        "max_body_bytes": "4096",
        "hosts": "Example.org, *.example.org.",
        "trainers": "0",
        "session_ttl": "12h",
        "log_level": "WARNING",
    }
    settings = Settings.from_environment({f"CHAINRULE_{name.upper()}": text for name, text in given.items()})
    assert dataclasses.asdict(settings) == {
        "store": "sqlite:///here.db",
        "max_nodes": 10,
        "max_elements": 1000,
        "max_total_elements": 2000,
        "max_work": 3000,
        "max_rows": 5000,
        "max_columns": 600,
        "max_session_bytes": 700_000,
        "max_memory_bytes": 800_000,
        "max_store_bytes": 900_000,
        "max_waiting": 9,
        "max_body_bytes": 4096,
        "hosts": ("example.org", "*.example.org"),
        "trainers": 0,
        "session_ttl": 43200,
        "log_level": "warning",
    }


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_environment({"CHAINRULE_MAX_NODES": " "}) == Settings()


@pytest.mark.parametrize(
    ("variable", "came", "expected"),
    [
        ("CHAINRULE_MAX_NODES", "many", "an integer"),
        ("CHAINRULE_MAX_NODES", "0", "1 or more"),
        ("CHAINRULE_HOSTS", "http://example.org", "example.org"),
        ("CHAINRULE_HOSTS", "example.org:8000", "without ports"),
        ("CHAINRULE_HOSTS", "example.org,", "commas"),
        ("CHAINRULE_HOSTS", "a*.example.org", "*.example.org"),
        ("CHAINRULE_MAX_WORK", "-5", "1 or more"),
        ("CHAINRULE_MAX_BODY_BYTES", "4MB", "an integer"),
        ("CHAINRULE_MAX_ELEMENTS", "_", "an integer"),
        ("CHAINRULE_SESSION_TTL", "a month", "30d"),
        ("CHAINRULE_SESSION_TTL", "0", "30d"),
        ("CHAINRULE_STORE", "postgres://host/db", "sqlite:///relative.db"),
        ("CHAINRULE_STORE", "sqlite:///", "sqlite:///relative.db"),
        ("CHAINRULE_LOG_LEVEL", "loud", "debug, info, warning, error"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_was_expected_and_what_came(
    variable: str, came: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({variable: came})
    assert variable in str(refused.value)
    assert expected in str(refused.value)
    assert repr(came) in str(refused.value)


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().max_nodes = 5  # type: ignore[misc]


def test_the_limits_of_sessions_are_those_of_the_settings() -> None:
    limits = Settings(max_nodes=1, max_elements=2, max_total_elements=3, max_work=4).limits
    assert (limits.max_nodes, limits.max_elements, limits.max_total_elements, limits.max_work) == (1, 2, 3, 4)
