"""The workspace's routes: every form works as a plain form and, with htmx, sends only what changed."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.layout.layout import Pending
from tests.web.client import CHAIN, MAZUR, Api

PERSON = {"accept": "text/html", "accept-language": "en"}
HTMX = PERSON | {"hx-request": "true"}


class Reader:
    """A person's browser that follows nothing."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.api.get(path, **({"headers": PERSON} | options))

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        return self.api.post(path, data=data or {}, **({"headers": PERSON} | options))

    def make(self, spec: dict[str, Any]) -> str:
        return self.api.session(spec).rpartition("/")[2]

    def session(self, id: str) -> dict[str, Any]:
        return self.api.get(f"/api/sessions/{id}").json()


@pytest.fixture
def reader(api: Api) -> Reader:
    return Reader(api)


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that holds the buttons of moves."""
    form = re.search(r'<form class="moves".*?</form>', page, re.DOTALL)
    assert form is not None
    return dict(re.findall(r'<input type="hidden"[^>]*? name="([^"]*)" value="([^"]*)"', form[0]))


def targets(answer: httpx.Response) -> list[str]:
    return re.findall(r'<hx-partial hx-target="([^"]*)"', answer.text)


ACTIONS = [
    ("move", {"go": "op:1"}),
    ("move", {"go": "phase:1"}),
    ("move", {"iteration": "2", "position": "3"}),
    ("forward", {}),
    ("backward", {}),
    ("step", {"iterations": "4"}),
    ("edit", {"node": "a", "cell": "5"}),
    ("edit", {"node": "a", "value": "5"}),
    ("optimizer", {"kind": "sgd", "learning_rate": "0.5"}),
    ("optimizer", {"kind": "adam"}),
    ("optimizer", {"kind": "sgd", "update_order": "sequential"}),
]


@pytest.mark.parametrize(("verb", "fields"), ACTIONS)
def test_a_form_without_a_script_leads_back_to_the_page(reader: Reader, verb: str, fields: dict[str, str]) -> None:
    id = reader.make(CHAIN)
    answer = reader.post(f"/sessions/{id}/{verb}", fields | {"selected": "b", "view": "table"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sessions/{id}?node=b&view=table")
    assert reader.session(id)["version"] == 2


@pytest.mark.parametrize(("verb", "fields"), ACTIONS)
def test_a_form_with_htmx_is_answered_with_parts_of_the_page_only(
    reader: Reader, verb: str, fields: dict[str, str]
) -> None:
    id = reader.make(CHAIN)
    shown = fields_of(reader.get(f"/sessions/{id}").text)
    answer = reader.post(f"/sessions/{id}/{verb}", shown | fields, headers=HTMX)
    assert answer.status_code == 200
    assert {"#message", "#status", "#dock", "#panel"} <= set(targets(answer))
    outside = re.sub(r"<hx-partial.*?</hx-partial>", "", answer.text, flags=re.DOTALL)
    assert outside.strip() == ""
    assert fields_of(answer.text)["version"] == "2"
    assert "HX-Request" in answer.headers["vary"]


def test_a_step_sends_the_numbers_of_the_node_it_visits_and_no_others(reader: Reader) -> None:
    id = reader.make(CHAIN)
    shown = fields_of(reader.get(f"/sessions/{id}").text)
    answer = reader.post(f"/sessions/{id}/move", shown | {"go": "op:1"}, headers=HTMX)
    assert [target for target in targets(answer) if re.match(r"#v\d", target)] == ["#v2"]
    assert "#content" not in targets(answer)
    assert "#curve" not in targets(answer)


def test_the_update_sends_the_parameters_and_the_curve(reader: Reader) -> None:
    id = reader.make(CHAIN)
    reader.post(f"/sessions/{id}/backward")
    shown = fields_of(reader.get(f"/sessions/{id}").text)
    answer = reader.post(f"/sessions/{id}/move", shown | {"go": "op:1"}, headers=HTMX)
    assert [target for target in targets(answer) if re.match(r"#v\d", target)] == ["#v0", "#v1"]
    assert "#curve" in targets(answer)


def test_a_table_gets_rows(reader: Reader) -> None:
    id = reader.make(CHAIN)
    shown = fields_of(reader.get(f"/sessions/{id}?view=table").text)
    answer = reader.post(f"/sessions/{id}/move", shown | {"go": "op:1"}, headers=HTMX)
    assert "#r2" in targets(answer)
    shown |= fields_of(answer.text)
    answer = reader.post(f"/sessions/{id}/move", shown | {"go": "op:1"}, headers=HTMX)
    assert {target for target in targets(answer) if re.match(r"#r\d", target)} == {"#r2", "#r4"}
    assert answer.text.count('class="op visited') == 1
    assert "<svg" not in answer.text.partition('hx-target="#r4"')[2].partition("</hx-partial>")[0]


def test_a_table_of_thousands_of_nodes_is_shown_by_pages(reader: Reader) -> None:
    lines = ["c0 = 1.0", *(f"c{number} = c{number - 1} + c0" for number in range(1, 1_000))]
    id = reader.make({"kind": "expression", "source": "\n".join(lines)})
    page = reader.get(f"/sessions/{id}?view=table").text
    assert page.count("<tr id=") == 200
    reader.post(f"/sessions/{id}/move", {"iteration": "0", "position": "199"})
    shown = fields_of(reader.get(f"/sessions/{id}?view=table").text)
    answer = reader.post(f"/sessions/{id}/move", shown | {"go": "op:1"}, headers=HTMX)
    assert "#stage" in targets(answer)
    assert '<tr id="r200"' in answer.text
    assert '<tr id="r199"' not in answer.text


def test_while_a_graph_is_being_laid_out_the_page_says_so_and_asks_again(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = reader.make(CHAIN)
    monkeypatch.setattr(reader.api.app.state.layouts, "layout_for", lambda *arguments: Pending("later"))
    page = reader.get(f"/sessions/{id}").text
    assert "The graph is being laid out." in page
    assert 'hx-trigger="load delay:500ms"' in page
    answer = reader.post(f"/sessions/{id}/move", fields_of(page) | {"go": "op:1"}, headers=HTMX)
    assert (answer.status_code, "#stage" in targets(answer)) == (200, True)
    monkeypatch.undo()
    answer = reader.get(f"/sessions/{id}", params={"drawn": ""}, headers=HTMX)
    assert 'id="content"' in answer.text


def test_a_page_that_is_behind_gets_the_whole_view_and_a_notice_and_changes_nothing(reader: Reader) -> None:
    id = reader.make(CHAIN)
    shown = fields_of(reader.get(f"/sessions/{id}").text)
    reader.post(f"/sessions/{id}/forward")
    answer = reader.post(f"/sessions/{id}/edit", shown | {"node": "a", "cell": "9"}, headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody else changed this session in the meantime." in answer.text
    assert {"#content", "#status", "#dock", "#panel", "#curve", "#optimizer"} <= set(targets(answer))
    session = reader.session(id)
    assert (session["version"], session["nodes"][0]["value"]) == (2, 2.0)


def test_a_page_that_is_behind_without_a_script_is_told_so_too(reader: Reader) -> None:
    id = reader.make(CHAIN)
    reader.post(f"/sessions/{id}/forward")
    answer = reader.post(f"/sessions/{id}/move", {"version": "1", "go": "op:1"})
    assert answer.status_code == 409
    assert "<html" in answer.text
    assert "Somebody else changed this session in the meantime." in answer.text


REFUSED = [
    ("move", {"go": "op:-1"}, 422),
    ("move", {"go": "leap:1"}, 422),
    ("move", {"go": "op:many"}, 422),
    ("move", {"iteration": "0", "position": "99"}, 422),
    ("step", {"iterations": "0"}, 422),
    ("step", {"iterations": "1e9"}, 422),
    ("edit", {"node": "a", "cell": "two"}, 422),
    ("edit", {"node": "a", "value": "[1, 2]"}, 422),
    ("edit", {"node": "c", "cell": "1"}, 422),
    ("edit", {"node": "nobody", "cell": "1"}, 404),
    ("optimizer", {"kind": "sgd", "learning_rate": "-1"}, 422),
    ("optimizer", {"kind": "magic"}, 422),
    ("optimizer", {"kind": "sgd", "update_order": "magic"}, 422),
    ("undo", {}, 409),
    ("redo", {}, 409),
    ("move", {"version": "one", "go": "op:1"}, 422),
]


@pytest.mark.parametrize(("verb", "fields", "status"), REFUSED)
def test_a_refusal_with_htmx_is_a_message_and_nothing_else(
    reader: Reader, verb: str, fields: dict[str, str], status: int
) -> None:
    id = reader.make(CHAIN)
    answer = reader.post(f"/sessions/{id}/{verb}", fields, headers=HTMX)
    assert (answer.status_code, targets(answer)) == (status, ["#message"])
    assert 'role="alert"' in answer.text
    assert reader.session(id)["version"] == 1


@pytest.mark.parametrize(("verb", "fields", "status"), REFUSED)
def test_a_refusal_without_a_script_is_the_page_with_a_message(
    reader: Reader, verb: str, fields: dict[str, str], status: int
) -> None:
    id = reader.make(CHAIN)
    answer = reader.post(f"/sessions/{id}/{verb}", fields)
    assert answer.status_code == status
    assert "<html" in answer.text
    assert 'class="notice alarm"' in answer.text


def test_a_refusal_is_in_the_language_of_the_reader(reader: Reader) -> None:
    id = reader.make(CHAIN)
    answer = reader.post(f"/sessions/{id}/undo", headers=HTMX | {"accept-language": "zh-CN"})
    message = re.sub(r"<[^>]*>", "", answer.text)
    assert re.search(r"[\u4e00-\u9fff]", message)
    assert not re.search(r"[A-Za-z]{3}", message)


def test_one_number_of_a_matrix_is_set_and_the_others_keep_their_bits(reader: Reader) -> None:
    id = reader.make(MAZUR)
    reader.post(f"/sessions/{id}/step", {"iterations": "3"})
    before = next(node for node in reader.session(id)["nodes"] if node["id"] == "W1")["value"]
    page = reader.get(f"/sessions/{id}?node=W1").text
    cells = re.findall(r'name="cell" value="([^"]*)"', page)
    cells[1] = "−0.25"
    reader.post(f"/sessions/{id}/edit", {"node": "W1", "cell": cells})
    after = next(node for node in reader.session(id)["nodes"] if node["id"] == "W1")["value"]
    assert after == [[before[0][0], -0.25], before[1]]


def test_one_number_of_a_large_matrix_is_set_by_its_index(reader: Reader) -> None:
    id = reader.make({"kind": "expression", "source": f"w = {[[0.5] * 20] * 10}\nL = sum(w * w)"})
    page = reader.get(f"/sessions/{id}?node=w&index=3,7").text
    assert 'name="index" value="3,7"' in page
    reader.post(f"/sessions/{id}/edit", {"node": "w", "index": "3,7", "value": "9"})
    value = reader.session(id)["nodes"][0]["value"]
    assert (value[3][7], sum(map(sum, value))) == (9.0, 199 * 0.5 + 9)


def test_all_numbers_of_a_large_matrix_are_set_as_json(reader: Reader) -> None:
    id = reader.make({"kind": "expression", "source": f"w = {[[0.5] * 20] * 10}\nL = sum(w * w)"})
    reader.post(f"/sessions/{id}/edit", {"node": "w", "value": str([[0.25] * 20] * 10)})
    assert reader.session(id)["nodes"][0]["value"] == [[0.25] * 20] * 10


def test_a_copy_has_an_address_of_its_own_and_a_deleted_session_none(reader: Reader) -> None:
    id = reader.make(CHAIN)
    answer = reader.post(f"/sessions/{id}/fork")
    copy = answer.headers["location"]
    assert answer.status_code == 303
    assert copy != f"/sessions/{id}"
    assert reader.get(copy).status_code == 200
    assert reader.post(f"{copy}/delete").headers["location"] == "/"
    assert reader.get(copy).status_code == 404
    assert reader.get(f"/sessions/{id}").status_code == 200


def test_choosing_a_node_sends_the_panel_and_its_mark_and_no_numbers_of_the_graph(reader: Reader) -> None:
    id = reader.make(CHAIN)
    drawn = fields_of(reader.get(f"/sessions/{id}").text)["drawn"]
    answer = reader.get(f"/sessions/{id}", params={"node": "b", "drawn": drawn}, headers=HTMX)
    assert "#panel" in targets(answer)
    assert "#content" not in targets(answer)
    assert 'class="halo selected"' in answer.text


def test_choosing_a_node_of_a_session_that_somebody_has_changed_sends_all_its_numbers(reader: Reader) -> None:
    id = reader.make(CHAIN)
    drawn = fields_of(reader.get(f"/sessions/{id}").text)["drawn"]
    reader.post(f"/sessions/{id}/forward")
    answer = reader.get(f"/sessions/{id}", params={"node": "b", "drawn": drawn}, headers=HTMX)
    assert {"#panel", "#content", "#curve", "#optimizer"} <= set(targets(answer))
    assert 'class="halo selected"' in answer.text


def test_a_short_last_batch_has_cards_of_its_own(reader: Reader) -> None:
    rows = [[number / 57, 1.0] for number in range(57)]
    data = {"x": rows, "y": [row[:1] for row in rows]}
    layers = [{"kind": "dense", "units": 1}]
    spec = {"kind": "layers", "inputs": 2, "layers": layers, "loss": "mean_squared_error", "data": data}
    id = reader.make(spec | {"batch_size": 41})
    sent = fields_of(reader.get(f"/sessions/{id}").text) | {"go": "iteration:1"}
    reader.post(f"/sessions/{id}/move", sent)
    sent = fields_of(reader.get(f"/sessions/{id}").text) | {"go": "op:1"}
    answer = reader.post(f"/sessions/{id}/move", sent, headers=HTMX)
    assert "#stage" in targets(answer)
    assert ">16×2<" in answer.text and "41×2" not in answer.text


def test_a_page_of_a_session_is_asked_for_again_by_whoever_comes_back_to_it(reader: Reader) -> None:
    id = reader.make(CHAIN)
    for path in ("", "?node=nobody", "/derivation", "/second?node=b", "/export/json", "/nowhere"):
        assert reader.get(f"/sessions/{id}{path}").headers["cache-control"] == "no-store", path
    assert reader.get(f"/compare/{id}/{id}").headers["cache-control"] == "no-store"


def test_a_name_that_is_not_there_is_said_and_the_page_still_shown(reader: Reader) -> None:
    id = reader.make(CHAIN)
    answer = reader.get(f"/sessions/{id}?node=nobody")
    assert answer.status_code == 404
    assert "There is no node nobody." in answer.text
    assert 'id="content"' in answer.text


def test_a_name_that_is_not_there_is_a_message_for_htmx(reader: Reader) -> None:
    id = reader.make(CHAIN)
    answer = reader.get(f"/sessions/{id}?node=nobody", headers=HTMX)
    assert (answer.status_code, targets(answer)) == (404, ["#message"])


def test_a_page_of_a_deleted_session_is_told_so(reader: Reader) -> None:
    id = reader.make(CHAIN)
    reader.post(f"/sessions/{id}/delete")
    answer = reader.post(f"/sessions/{id}/move", {"go": "op:1", "version": "1"}, headers=HTMX)
    assert (answer.status_code, targets(answer)) == (404, ["#message"])


def test_the_number_check_comes_after_the_panel(reader: Reader) -> None:
    id = reader.make(CHAIN)
    reader.post(f"/sessions/{id}/backward")
    answer = reader.get(f"/sessions/{id}/second?node=b&version=2", headers=HTMX)
    assert targets(answer) == ["#second-2-1-"]
    assert "agrees" in answer.text


def test_a_persons_text_is_escaped_wherever_it_is_shown(reader: Reader) -> None:
    id = reader.make(CHAIN)
    answer = reader.get(f"/sessions/{id}?node=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in answer.text
    answer = reader.post(f"/sessions/{id}/edit", {"node": "a", "cell": "<img src=x onerror=1>"}, headers=HTMX)
    assert "<img" not in answer.text


@pytest.mark.parametrize("view", ["graph", "table"])
def test_nothing_on_the_page_is_inline(reader: Reader, view: str) -> None:
    id = reader.make(MAZUR)
    reader.post(f"/sessions/{id}/backward")
    page = reader.get(f"/sessions/{id}?node=W1&view={view}").text
    assert not re.search(r'\sstyle="|\son\w+="|<style|javascript:', page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_every_form_of_the_page_posts_to_an_address_that_exists(reader: Reader) -> None:
    id = reader.make(CHAIN)
    page = reader.get(f"/sessions/{id}?node=a").text
    addresses = set(re.findall(r'(?:action|formaction|hx-post)="(/sessions/[^"]*)"', page))
    for address in addresses - {f"/sessions/{id}/delete", f"/sessions/{id}"}:
        assert reader.post(address, headers=HTMX).status_code != 404
    assert {address.rpartition("/")[2] for address in addresses} >= {"move", "step", "undo", "redo", "edit", "fork"}


def test_every_template_of_the_workspace_is_used(reader: Reader) -> None:
    folder = Path(__file__).parents[2] / "templates" / "workspace"
    partials = {path.name for path in folder.glob("_*.html")}
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    named = set(re.findall(r"workspace/(_\w+\.html)", "".join(texts)))
    assert partials == named


def test_a_page_overtaken_by_somebody_else_never_mixes_two_moments(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = reader.make(CHAIN)
    sessions = reader.api.app.state.sessions
    move = sessions.move

    def move_and_be_overtaken(*arguments: Any) -> Any:
        picture = move(*arguments)
        sessions.step(id, 2)
        return picture

    monkeypatch.setattr(sessions, "move", move_and_be_overtaken)
    answer = reader.post(f"/sessions/{id}/move", {"go": "phase:2", "selected": "b"}, headers=HTMX)
    assert answer.status_code == 200 and 'id="panel-gradient">5<' in answer.text
    assert 'class="product"' not in answer.text


def test_a_graph_opens_where_the_numeric_check_would_be_too_much_work(fresh: type[Api]) -> None:
    reader = Reader(fresh(max_work=14_000))
    id = reader.make(MAZUR)
    for phase in ("forward", "backward"):
        reader.post(f"/sessions/{id}/{phase}")
    page = reader.get(f"/sessions/{id}?node=W1")
    assert page.status_code == 200 and 'class="product"' in page.text
    assert reader.get(f"/sessions/{id}/second?node=W1").status_code == 422


@pytest.mark.parametrize(("spec", "link"), [("mazur", 'href="/presets/mazur"'), (None, "")])
def test_a_worked_example_links_to_its_source_and_notes(api, spec, link):
    own = {"kind": "expression", "source": "a = 2.0\nb = a * a"}
    id = api.post("/api/sessions", json={"kind": "preset", "name": spec} if spec else own).json()["id"]
    page = api.get(f"/sessions/{id}", headers={"accept": "text/html"}).text
    assert link in page and ("Source and notes" in page) == bool(link)


def test_another_kind_of_optimizer_is_filled_in_before_it_is_set(api):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    form = api.get(f"/sessions/{id}/optimizer?kind=adam&version=1", headers=HTMX)
    assert form.status_code == 200 and 'name="beta1"' in form.text
    fields = {"kind": "adam", "settings_of": "adam", "learning_rate": "0.02", "beta1": "0.8", "version": "1"}
    assert api.post(f"/sessions/{id}/optimizer", data=fields, headers=HTMX).status_code == 200
    settings = api.get(f"/api/sessions/{id}").json()["optimizer"]
    assert (settings["kind"], settings["learning_rate"], settings["beta1"]) == ("adam", 0.02, 0.8)


def test_the_order_of_updates_is_chosen_in_the_form_and_kept_for_another_kind(api):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    fields = {"kind": "sgd", "settings_of": "sgd", "update_order": "sequential"}
    answer = api.post(f"/sessions/{id}/optimizer", data=fields, headers=HTMX)
    assert (
        '<option value="sequential" selected>' in answer.text and "as soon as its gradient is complete" in answer.text
    )
    assert api.get(f"/api/sessions/{id}").json()["optimizer"]["update_order"] == "sequential"
    form = api.get(f"/sessions/{id}/optimizer?kind=adam", headers=HTMX)
    assert 'name="beta1"' in form.text and '<option value="sequential" selected>' in form.text


@pytest.mark.parametrize(("node", "words"), [("W2", "agrees"), ("W1", "Updates are sequential: this gradient")])
def test_in_sequential_order_the_numeric_check_differs_in_earlier_layers_and_says_why(api, node, words):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    api.patch(f"/api/sessions/{id}/optimizer", json={"update_order": "sequential"})
    api.post(f"/api/sessions/{id}/step")
    text = api.get(f"/sessions/{id}/second?node={node}&index=0,0", headers=HTMX).text
    assert words in text and "disagrees" not in text


@pytest.mark.parametrize("path", ["W2?index=0,0", "W1?index=1,1", "b1?index=0"])
def test_the_update_of_a_number_is_unfolded_in_the_panel(api, path):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    api.post(f"/api/sessions/{id}/step")
    node, _, index = path.partition("?index=")
    page = api.get(f"/sessions/{id}", params={"node": node, "index": index, "open": "update"}, headers=PERSON).text
    assert ('class="update-lines"' in page) == (node != "b1")
    assert ("This parameter is frozen" in page) == (node == "b1")
    folded = api.get(f"/sessions/{id}", params={"node": node, "index": index}, headers=PERSON).text
    assert "update-section" not in folded and "The update, step by step" in folded


def test_a_schedule_and_clipping_are_set_in_the_form_and_switched_off_again(api):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    form = api.get(f"/sessions/{id}/optimizer?kind=sgd&schedule=step", headers=HTMX)
    assert 'name="schedule.step.gamma"' in form.text
    fields = {"kind": "sgd", "settings_of": "sgd", "schedule": "step", "schedule.step.step_size": "5"}
    fields |= {"schedule.step.gamma": "0.5", "schedule.exponential.gamma": "0.9", "clip_norm": "2", "clip_value": ""}
    assert api.post(f"/sessions/{id}/optimizer", data=fields, headers=HTMX).status_code == 200
    settings = api.get(f"/api/sessions/{id}").json()["optimizer"]
    assert settings["schedule"] == {"kind": "step", "step_size": 5, "gamma": 0.5}
    assert (settings["clip_norm"], settings["clip_value"]) == (2.0, None)
    off = {"kind": "sgd", "settings_of": "sgd", "schedule": "constant", "clip_norm": ""}
    api.post(f"/sessions/{id}/optimizer", data=off, headers=HTMX)
    settings = api.get(f"/api/sessions/{id}").json()["optimizer"]
    assert (settings["schedule"], settings["clip_norm"]) == ({"kind": "constant"}, None)


def test_settings_typed_for_another_kind_are_left_out(api):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    fields = {"kind": "adam", "settings_of": "sgd", "learning_rate": "0.5"}
    assert api.post(f"/sessions/{id}/optimizer", data=fields, headers=PERSON).status_code == 303
    assert api.get(f"/api/sessions/{id}").json()["optimizer"]["learning_rate"] == 0.001


@pytest.mark.parametrize(("query", "status"), [("kind=magic", 422), ("kind=adam&version=7", 409)])
def test_an_optimizers_form_is_refused_where_it_would_mislead(api, query, status):
    id = api.post("/api/sessions", json=MAZUR).json()["id"]
    assert api.get(f"/sessions/{id}/optimizer?{query}", headers=HTMX).status_code == status


def test_the_panel_says_why_a_gradient_is_zero_with_links_to_the_cause(reader: Reader) -> None:
    id = reader.make({"kind": "expression", "source": "a = -0.4\nh = relu(a)\nL = h * 3"})
    reader.api.post(f"/api/sessions/{id}/backward")
    said = re.search(r'<p class="cause gradient">.*?</p>', reader.get(f"/sessions/{id}?node=a").text)
    assert said is not None and f'href="/sessions/{id}?node=h"' in said[0]
    assert re.sub(r"<[^>]*>", "", said[0]) == "?0 because relu at h is off: its input a is −0.4."
    assert 'class="cause' not in reader.get(f"/sessions/{id}?node=h").text


def test_conventions_stand_on_the_page_and_beside_the_node_that_they_are_about(reader: Reader) -> None:
    id = reader.make({"kind": "expression", "source": "a = -0.4\nh = relu(a)\nL = h * 3"})
    page, relu = (reader.get(f"/sessions/{id}?node={node}").text for node in ("a", "h"))
    assert "<summary>relu′(0) = 0</summary>" in page and "<strong>relu′(0) = 0</strong>" not in page
    assert "<strong>relu′(0) = 0</strong>" in relu


def test_another_order_of_updates_changes_the_conventions_on_the_page(reader: Reader) -> None:
    id = reader.make(MAZUR)
    page = reader.get(f"/sessions/{id}").text
    assert "<summary>Updates: simultaneous</summary>" in page
    fields = fields_of(page) | {"kind": "sgd", "settings_of": "sgd", "update_order": "sequential"}
    answer = reader.post(f"/sessions/{id}/optimizer", fields, headers=HTMX)
    assert "#agreements" in targets(answer) and "<summary>Updates: sequential</summary>" in answer.text


@pytest.mark.parametrize("name", ["net", "layers", "no such view"])
def test_a_view_that_a_graph_cannot_be_seen_in_is_the_first_one(reader: Reader, name: str) -> None:
    id = reader.make({"kind": "expression", "source": "x = [1.0, 2.0]\nL = sum(x * x)"})
    for headers in (PERSON, HTMX):
        answer = reader.get(f"/sessions/{id}?view={name}&node=x&index=1", headers=headers)
        assert answer.status_code == 200 and 'id="graph"' in answer.text
    assert reader.api.get(f"/api/sessions/{id}/views/{name}").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("en", "shape 3"), ("zh-CN", "形状 3")])
def test_the_panel_says_of_a_shape_that_it_is_one(api, language, words):
    """A vector's was a bare number."""
    page = api.session({"kind": "expression", "source": "x = [1, 2, 3]\ny = x @ x"}).removeprefix("/api")
    answer = api.get(f"{page}?node=x", headers={"accept": "text/html", "accept-language": language})
    assert f">{words}<" in answer.text
