"""One iteration as a document: what is in it, that its numbers compute again, and how much of it there may be."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.engine.assignment import Assignment
from app.engine.formula import Place
from app.engine.ops import OPS
from app.engine.optim import OPTIMIZERS
from app.engine.update_order import UPDATE_ORDERS
from app.notation.lettering import text
from app.views.conventions import BIASES, FROZEN, ROWS, SIGN
from app.web import language
from tests.web.client import MAZUR, Api, node, problem
from tests.web.recomputing import equations, evaluated, is_close, number_of

ARTICLE = {"kind": "preset", "name": "article"}
NAMES = {
    "kind": "expression",
    "source": (
        "学习_率 = 0.5\nmy_w = -2.5e-7\nα_1 = 3.0\n温度 = [[1.0, -2.0], [0.5, 4.0]]\nx_in = input([1.5, -0.5])\n"
        "z_1 = 温度 @ x_in\nh = tanh(z_1) * 学习_率\nloss_值 = sum(h ** 2) + exp(my_w) * α_1 / 3.0"
    ),
}
COLAH = {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"}
DEEP = {"kind": "expression", "source": "w = 0.5\nx0 = input(1.0)\n" + "\n".join(
    f"x{step + 1} = x{step} + w" for step in range(3000)
)}  # fmt: skip


def layers(widths: list[int], activation: str, batch: int, optimizer: dict[str, Any]) -> dict[str, Any]:
    """A network with numbers that are easy to make and no two alike."""
    inputs, *units = widths
    return {
        "kind": "layers",
        "inputs": inputs,
        "layers": [
            *({"kind": "dense", "units": count, "activation": activation} for count in units[:-1]),
            {"kind": "dense", "units": units[-1], "activation": "identity"},
        ],
        "loss": "cross_entropy",
        "data": {
            "x": [[((7 * row + 3 * column) % 11 - 5) / 7 for column in range(inputs)] for row in range(batch)],
            "y": [row % units[-1] for row in range(batch)],
        },
        "optimizer": optimizer,
    }


SMALL_ADAM = layers([2, 3, 2], "softmax", 4, {"kind": "adamw", "learning_rate": 0.01})
MOMENTUM = layers([3, 4, 2], "gelu", 2, {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True})
IN_SEQUENCE = {**MOMENTUM, "optimizer": {"kind": "sgd", "learning_rate": 0.5, "update_order": "sequential"}}
WIDE = layers([64, 128, 64, 10], "relu", 64, {"kind": "adam"})
THIRTY = layers([4, *[16] * 29, 2], "tanh", 8, {"kind": "rmsprop"})
RELU_MAX = {
    "kind": "expression",
    "source": "x = input([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])\nw = [1.0, -2.0, 0.5]\nh = relu(x * w)\n"
    "loss = mean(abs(h - 0.3)) + max(h) / sqrt(sum(h * h) + 1.0)",
}
SPECS = {
    "article": ARTICLE, "mazur": MAZUR, "names": NAMES, "colah": COLAH, "adamw": SMALL_ADAM, "momentum": MOMENTUM,
    "sequential": IN_SEQUENCE, "wide": WIDE, "thirty": THIRTY, "relu": RELU_MAX, "deep": DEEP,
}  # fmt: skip


def page_of(session: str) -> str:
    """The address of a session's document."""
    return session.removeprefix("/api") + "/derivation"


def file_of(api: Api, session: str, kind: str, digits: int = 6, tag: str = "en") -> str:
    """One file of a session's document."""
    answer = api.get(f"{page_of(session)}.{kind}", params={"digits": digits}, headers={"accept-language": tag})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("iterations", [0, 2])
def test_every_number_of_the_json_computes_again(api: Api, spec: dict[str, Any], iterations: int) -> None:
    session = api.session(spec)
    if iterations:
        assert api.post(f"{session}/step?values=none", {"iterations": iterations}).status_code == 200
    document = api.get(f"{session}/derivation").json()
    assert_values(document)
    assert_gradients(document)
    assert_updates(document)


def assert_values(document: dict[str, Any]) -> None:
    for made in document["forward"]["nodes"]:
        for line in made["numbers"]:
            assert is_close(evaluated(line["formula"]), line["value"]), (made["id"], line)


def assert_gradients(document: dict[str, Any]) -> None:
    for made in document["backward"]["nodes"]:
        for line in made["numbers"]:
            shares = [term["product"] for term in line["terms"]]
            shares += [line["others"]["total"]] if line["others"] else []
            scale = max(map(abs, shares), default=0.0)
            assert not shares or is_close(sum(shares), line["gradient"], scale), (made["id"], line)
            if line["formula"] is None:
                assert line["gradient"] == 1 and not shares
            else:
                assert is_close(evaluated(line["formula"]), line["gradient"], scale), (made["id"], line)
            for term in line["terms"]:
                assert is_close(term["upstream"] * term["local"], term["product"], scale), (made["id"], term)
                assert is_close(evaluated(term["local_formula"]), term["local"]), (made["id"], term)


def assert_updates(document: dict[str, Any]) -> None:
    for made in document["update"]["nodes"]:
        for line in made["numbers"]:
            for step in line["steps"]:
                assert is_close(evaluated(step["formula"]), step["value"]), (made["id"], step)
            assert line["steps"][-1]["value"] == line["value"]


@pytest.mark.parametrize("name", ["article", "mazur", "colah", "adamw", "momentum", "sequential", "relu"])
def test_every_line_of_numbers_in_the_latex_computes_again(api: Api, name: str) -> None:
    document = file_of(api, api.session(SPECS[name]), "tex", 17)
    checked = 0
    for sides in equations(document):
        result = number_of(sides[-1])
        assert result is not None, sides
        for side in sides[:-1]:
            if (computed := number_of(side)) is not None:
                assert is_close(computed, result, 1e-3), (side, result)
                checked += 1
    assert checked > 4


@pytest.mark.parametrize("name", ["article", "adamw"])
def test_the_markdown_has_the_equations_of_the_latex(api: Api, name: str) -> None:
    session = api.session(SPECS[name])
    latex, markdown = (file_of(api, session, kind) for kind in ("tex", "md"))
    rows = [
        row.removesuffix(r" \\*").strip() for row in re.findall(r"^.*&(?:=|\\approx|\\quad).*$", latex, re.MULTILINE)
    ]
    assert len(rows) > 50 and [row for row in rows if row not in markdown] == []
    assert markdown.count("```") % 2 == 0


def test_the_document_is_about_the_iteration_at_the_cursor_and_moves_nothing(api: Api) -> None:
    session = api.session(ARTICLE)
    before = api.get(session).json()
    first = api.get(f"{session}/derivation").json()
    assert api.get(session).json() == before
    assert first["iteration"] == 0 and first["loss"] == 0.03607528510662207
    api.post(f"{session}/step", {"iterations": 3})
    assert api.get(f"{session}/derivation").json()["iteration"] == 2
    api.post(f"{session}/forward")
    assert api.get(f"{session}/derivation").json()["iteration"] == 3


@pytest.mark.parametrize("spec", [ARTICLE, IN_SEQUENCE, SMALL_ADAM], ids=["at once", "sequential", "adamw"])
def test_the_document_says_what_the_session_will_show(api: Api, spec: dict[str, Any]) -> None:
    session = api.session(spec)
    document = api.get(f"{session}/derivation").json()
    done = api.post(f"{session}/step")
    assert api.get(f"{session}/derivation").json()["backward"] == document["backward"]
    for made in document["backward"]["nodes"]:
        for line in made["numbers"]:
            assert line["gradient"] == at(node(done, made["id"])["gradient"], line["index"])
    for made in document["update"]["nodes"]:
        for line in made["numbers"]:
            assert is_close(line["value"], at(node(done, made["id"])["value"], line["index"]), 1.0)


def at(nested: Any, index: list[int]) -> float:
    """One number of nested lists."""
    for place in index:
        nested = nested[place]
    return nested


def test_that_parameters_move_in_between_is_said_before_moved_numbers_are_met(api: Api) -> None:
    session = api.session(IN_SEQUENCE)
    for kind, heading in (("md", "## "), ("tex", r"\section*{")):
        document = file_of(api, session, kind)
        backward, update = (document.index(heading + title) for title in ("Backward pass", "Update"))
        assert backward < document.index("Each parameter moves as soon as its gradient is complete") < update
        assert document.count("Each parameter moves as soon as") == 1


@pytest.mark.parametrize("name", ["wide", "thirty", "deep"])
def test_a_large_graph_is_cut_down_and_says_by_how_much(api: Api, name: str) -> None:
    session = api.session(SPECS[name])
    page = api.get(page_of(session), headers={"accept": "text/html"})
    assert page.status_code == 200 and len(page.content) < 1_000_000
    assert "left out" in page.text
    for kind in ("tex", "md", "json"):
        assert len(file_of(api, session, kind, 17)) < 1_000_000


def test_what_is_left_out_adds_up_to_the_whole_graph(api: Api) -> None:
    document = api.get(f"{api.session(DEEP)}/derivation").json()
    assert len(document["forward"]["nodes"]) + document["forward"]["left_out"] == 3000
    assert [made["id"] for made in document["forward"]["nodes"]][:2] == ["x1", "x2"]
    assert document["forward"]["nodes"][-1]["id"] == "x3000"
    wide = api.get(f"{api.session(WIDE)}/derivation").json()
    first = wide["forward"]["nodes"][0]
    assert first["id"] == "z1" and len(first["numbers"]) + first["left_out"] == 64 * 128


def test_a_small_graph_is_written_out_whole(api: Api) -> None:
    document = api.get(f"{api.session(ARTICLE)}/derivation").json()
    parts = [document[phase] for phase in ("forward", "backward", "update")]
    assert sum(part["left_out"] + sum(made["left_out"] for made in part["nodes"]) for part in parts) == 0
    assert [sum(len(made["numbers"]) for made in part["nodes"]) for part in parts] == [13, 35, 18]


def test_a_rounded_number_is_marked_and_an_exact_one_is_not(api: Api) -> None:
    session = api.session(ARTICLE)
    rounded, full = file_of(api, session, "tex", 6), file_of(api, session, "tex", 17)
    assert r"&\approx 0.576885" in rounded and "&= 0.31" in rounded
    assert r"&\approx" not in full and "&= 0.5768852611320463" in full
    assert r"&\approx 0.58" in file_of(api, session, "tex", 2)


@pytest.mark.parametrize("digits", ["1", "18", "six", "-3", "", "6.5", "999999999"])
@pytest.mark.parametrize("kind", ["", ".tex", ".md"])
def test_digits_that_cannot_be_are_refused_in_the_readers_language(api: Api, kind: str, digits: str) -> None:
    address = f"{page_of(api.session())}{kind}"
    said = problem(api.get(address, params={"digits": digits}, headers={"accept-language": "zh"}), 422)
    assert "有效数字" in said["detail"] and "17" in said["detail"]
    page = api.get(address, params={"digits": digits}, headers={"accept": "text/html"})
    assert page.status_code == 422 and "from 2 to 17" in page.text


@pytest.mark.parametrize("ending", ["/derivation.pdf", "/derivation.", "/derivation/tex"])
def test_a_document_of_another_kind_is_not_there(api: Api, ending: str) -> None:
    problem(api.get(f"{api.session().removeprefix('/api')}{ending}"), 404)


@pytest.mark.parametrize("address", ["/sessions/unknown/derivation.tex", "/api/sessions/unknown/derivation"])
def test_no_session_has_no_document(api: Api, address: str) -> None:
    problem(api.get(address), 404)


@pytest.mark.parametrize(
    ("kind", "media_type"), [("tex", "application/x-tex"), ("md", "text/markdown"), ("json", "application/json")]
)
def test_a_document_comes_as_a_file(api: Api, kind: str, media_type: str) -> None:
    answer = api.get(f"{page_of(api.session())}.{kind}")
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="chainrule-derivation.{kind}"'
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_offers_every_document_and_the_way_back(api: Api) -> None:
    session = api.session(NAMES)
    address = page_of(session)
    page = api.get(address, params={"digits": 9}, headers={"accept": "text/html"}).text
    for kind in ("tex?digits=9", "md?digits=9", "json"):
        assert f'href="{address}.{kind}"' in page
    assert f'href="{session.removeprefix("/api")}"' in page
    assert f'href="{address}"' in api.get(session.removeprefix("/api"), headers={"accept": "text/html"}).text


def test_names_are_escaped_in_every_document(api: Api) -> None:
    session = api.session(NAMES)
    assert r"\mathit{my\_w}" in file_of(api, session, "tex")
    title = file_of(api, session, "md").split("\n")[0]
    assert r"loss\_值" in title and r"\*\*" in title


def test_a_document_states_what_its_session_agrees_upon(api: Api) -> None:
    stated = api.get(f"{api.session(MAZUR)}/derivation").json()["conventions"]
    says = [one["says"] for one in stated]
    assert "Descent: w ← w − η · gradient" in says and "Updates: simultaneous" in says
    assert any(one.startswith("Not updated: b1, b2") for one in says)


def test_documents_speak_the_readers_language(api: Api) -> None:
    session = api.session(ARTICLE)
    for kind in ("tex", "md"):
        chinese = file_of(api, session, kind, tag="zh-CN")
        assert "反向传播" in chinese and "Backward" not in chinese
    assert r"{ctexart}" in file_of(api, session, "tex", tag="zh-CN")
    assert "ctexart" not in file_of(api, session, "tex")


@pytest.mark.parametrize("chosen", language.languages())
def test_every_sentence_that_may_stand_in_a_document_can_be_set(chosen: str) -> None:
    language.speak(chosen)
    said = [row.sentence for row in OPS.values()]
    agreed = [row.convention for row in (*OPS.values(), *UPDATE_ORDERS.values()) if row.convention]
    said += [part for one in (*agreed, SIGN, ROWS, BIASES, FROZEN) for part in (one.says, one.differs)]
    said += [row.title for row in OPTIMIZERS.values()]
    said += [step.title for row in OPTIMIZERS.values() for step in steps_of(row())]
    unset = [sentence for sentence in said if "[U+" in text(language.gettext(sentence))]
    language.speak(language.DEFAULT)
    assert unset == []


def steps_of(optimizer: Any) -> tuple[Assignment, ...]:
    """The lines of an optimizer's update."""
    slots = [0.0] * len(optimizer.slots)
    return optimizer.steps(Place("w", (), 1.0), Place("w", (), 0.5, is_gradient=True), 1, *slots)


@pytest.mark.parametrize(
    ("name", "tag", "digits", "program"),
    [
        ("article", "en", 6, "pdflatex"),
        ("article", "zh-CN", 6, "xelatex"),
        ("article", "en", 17, "xelatex"),
        ("names", "en", 6, "xelatex"),
        ("names", "zh-CN", 17, "xelatex"),
        ("adamw", "en", 17, "pdflatex"),
        ("wide", "en", 12, "pdflatex"),
        ("relu", "en", 17, "pdflatex"),
    ],
)
def test_the_latex_compiles_and_fits_on_the_sheet(
    api: Api, tmp_path: Path, name: str, tag: str, digits: int, program: str
) -> None:
    latex = file_of(api, api.session(SPECS[name]), "tex", digits, tag)
    assert latex.startswith(f"% !TeX program = {program}") or program == "xelatex"
    log = compiled(latex, program, tmp_path)
    assert [line for line in log.splitlines() if "Overfull" in line or "Missing character" in line] == []


def compiled(latex: str, program: str, folder: Path) -> str:
    """What LaTeX has to say about a document that it has made a PDF of."""
    if not shutil.which(program):
        pytest.fail(f"{program} is needed to compile documents; scripts/test.py installs it where it may.")
    (folder / "document.tex").write_text(latex, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "document.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    log = (folder / "document.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0 and (folder / "document.pdf").read_bytes().startswith(b"%PDF"), log[-2000:]
    return log
