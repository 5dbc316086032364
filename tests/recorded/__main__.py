"""Record what the API answers, or compare two recordings: `python -m tests.recorded NEW.json [OLD.json]`.

Asks some 1,900 requests of the application in this folder. Beside an older recording it says what is answered
otherwise: a key that is gone, a number with other bits, an array of another length. New keys, ids, times and wording
are not told.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.recorded.requests import EDITS, MOVES, PATHS, SPECS, VIEWS
from tests.web.client import Api

ID = re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])")
WORDS = {"sentence", "detail", "title", "words", "text", "label", "name", "failure", "summary", "note"}
"""Keys whose values people read."""
MOST_SAID = 50


def main() -> int:
    """Record; the number of differences from an older recording is the answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("new", type=Path, help="where to write the answers")
    parser.add_argument("old", type=Path, nargs="?", help="what to compare them with")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        api = Api(Path(folder))
        answers = dict(asked(api))
        api.close()
    chosen.new.write_text(json.dumps(answers), encoding="utf-8")
    print(f"{len(answers)} answers")
    if chosen.old is None:
        return 0
    found = list(differences(json.loads(chosen.old.read_text(encoding="utf-8")), answers, ""))
    print(*found[:MOST_SAID], f"{len(found)} differences", sep="\n")
    return int(bool(found))


def asked(api: Api) -> Iterator[tuple[str, Any]]:
    """Each request with what it was answered."""
    for path in PATHS:
        yield path, read(api.get(path))
    for name, spec in SPECS.items():
        made = api.post("/api/sessions", spec)
        yield name, read(made)
        assert made.status_code == 201, made.text
        address = made.headers["location"]
        for path, body in MOVES:
            yield f"{name} {path} {json.dumps(body)}", read(api.post(f"{address}{path}", body))
        nodes = api.get(f"{address}?values=none").json()["nodes"]
        for node in nodes[:: max(len(nodes) // 4, 1)]:
            index = ",".join("0" for _ in node["shape"])
            for path in ("", "/paths", "/update"):
                asks = f"/nodes/{node['id']}{path}?index={index}"
                yield f"{name} {asks}", read(api.get(address + asks))
        for path in VIEWS:
            yield f"{name} {path}", read(api.get(address + path))
        for path, body in EDITS:
            yield f"{name} {path} {json.dumps(body)} after", read(api.post(address + path, body))


def read(answer: httpx.Response) -> Any:
    """The status and what was answered, without ids."""
    text = ID.sub("ID", answer.text)
    is_json = "json" in answer.headers.get("content-type", "")
    return [answer.status_code, json.loads(text) if is_json else text]


def differences(old: Any, new: Any, place: str) -> Iterator[str]:
    """Where something is answered otherwise."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in WORDS:
                continue
            if key not in new:
                yield f"{place}/{key} is gone"
            else:
                yield from differences(value, new[key], f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}/{number}")
    # Both were read from text: numbers are the same bits where they are written alike, −0 and 1.0 among them.
    elif json.dumps(old) != json.dumps(new):
        yield f"{place}: {json.dumps(old)[:80]} is {json.dumps(new)[:80]}"


if __name__ == "__main__":
    sys.exit(main())
