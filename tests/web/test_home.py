"""The pages around the workspace, as a browser asks for them: what they show, and where their forms lead."""

import re
from html import unescape

import pytest

from app.engine.ops import OPS
from app.engine.optim import OPTIMIZERS
from app.errors import StoreFull, TooMany, Unavailable
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.losses import LOSSES
from app.nn.presets import PRESETS, SHELVES
from tests.pages.building.typed import NETWORK as TYPED

HTML = {"accept": "text/html"}
HTMX = {"accept": "text/html", "hx-request": "true"}
PAGES = ["/", "/expression", "/build", "/ops", *(f"/presets/{name}" for name in PRESETS)]
NETWORK = {**TYPED, "/kind": "layers"}


def read(answer) -> str:
    """The words of a page without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def field(page: str, name: str) -> str:
    """The tag of a field of a page's forms."""
    return re.search(rf'<(?:input|select|textarea)[^>]*name="{name}"[^>]*>', page)[0]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_is_there_in_both_languages(api, path, language):
    answer = api.get(path, headers=HTML | {"accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_anything_that_the_policy_forbids(api, path):
    page = api.get(path, headers=HTML).text
    assert re.findall(r'\sstyle=|\son[a-z]+=|<style|javascript:|hx-on|<script(?![^>]*\ssrc="/)', page) == []
    # What leads out of the product is a link that a person follows, never something that the page loads.
    assert re.findall(r'<(?:img|script|link|iframe|source)[^>]*(?:src|href)="https?:', page) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_uses_an_id_twice(api, path):
    ids = re.findall(r'\sid="([^"]*)"', api.get(path, headers=HTML).text)
    assert [id for id in set(ids) if ids.count(id) > 1] == []


def test_the_first_page_shows_every_worked_example_on_its_shelf(api):
    page = api.get("/", headers=HTML).text
    assert re.findall(r'<button name="/name" value="([^"]*)"', page) == list(PRESETS)
    for shelf in SHELVES:
        _, _, part = page.partition(f'<ul class="presets {shelf.name}">')
        part, _, _ = part.partition("</section>")
        assert re.findall(r'<button name="/name" value="([^"]*)"', part) == [preset.name for preset in shelf.presets]
        pictures = len(re.findall(r'class="preset-picture">(<svg|<span class="data-thumb">\s*<(svg|img))', part))
        assert pictures == (0 if shelf.name == "illnesses" else len(shelf.presets))


@pytest.mark.parametrize(("name", "view"), [("mazur", ""), ("spiral-classifier", "train"), ("vanishing", "flow")])
def test_an_example_opens_with_the_view_of_its_shelf(api, name, view):
    name = next(preset for preset in PRESETS if preset.startswith(name))
    answer = api.post("/sessions", data={"/kind": "preset", "/name": name}, headers=HTML)
    assert answer.headers["location"].partition("?")[2] == (f"view={view}" if view else "")


@pytest.mark.parametrize("name", PRESETS)
def test_a_card_opens_its_example(api, name):
    answer = api.post("/sessions", data={"/kind": "preset", "/name": name}, headers=HTML)
    assert answer.status_code == 303
    session = api.get("/api" + answer.headers["location"]).json()
    assert session["spec"] == {"kind": "preset", "name": name} and session["cursor"]["position"] == 0


def test_an_expression_opens_in_the_workspace(api):
    typed = {"/kind": "expression", "/source": "a = 2\r\nb = a * a", "/optimizer/kind": "adam"}
    answer = api.post("/sessions", data=typed, headers=HTML)
    assert answer.status_code == 303
    spec = api.get("/api" + answer.headers["location"]).json()["spec"]
    assert spec == {"kind": "expression", "source": "a = 2\nb = a * a", "optimizer": {"kind": "adam"}}


def test_a_wrong_expression_comes_back_with_what_was_typed_and_where_it_is_wrong(api):
    source = "a = 2\nb = sigmod(a) # <b>mine</b>"
    answer = api.post("/sessions", data={"/kind": "expression", "/source": source}, headers=HTML)
    assert answer.status_code == 422
    assert "b = sigmod(a) # &lt;b&gt;mine&lt;/b&gt;</textarea>" in answer.text
    assert "Line 2, column 5" in read(answer) and "Nearest: sigmoid" in read(answer)
    assert 'aria-invalid="true"' in field(answer.text, "/source")


def test_an_expression_is_looked_at_while_it_is_typed(api):
    answer = api.post("/expression/check", data={"/source": "a = 2\nb = 1\nc = a + b\nd = c * b"}, headers=HTMX)
    assert answer.status_code == 200 and "<html" not in answer.text
    assert "4 nodes · 2 numbers to learn · loss 3 at the start" in read(answer) and "<svg" in answer.text


def test_an_expression_that_is_wrong_is_said_with_its_line_quoted(api):
    answer = api.post("/expression/check", data={"/source": "a = 2\nb = a + cc"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Line 2, column 9" in read(answer)
    assert "b = a + cc\n        ^" in answer.text


@pytest.mark.parametrize("source", ["", "(" * 5000, "a = [" * 300, "x = 1e999\ny = x*x", "\ud7ff = 1", "a = 1"])
def test_nothing_that_can_be_typed_breaks_the_check(api, source):
    answer = api.post("/expression/check", data={"/source": source}, headers=HTMX)
    assert answer.status_code == 200 and "result-wrong" in answer.text


def test_an_address_can_bring_an_expression_along(api):
    answer = api.get("/expression", params={"source": "p = 1\nq = p * p"}, headers=HTML)
    assert "p = 1\nq = p * p</textarea>" in answer.text


def test_a_network_opens_in_the_workspace(api):
    answer = api.post("/sessions", data=NETWORK, headers=HTML)
    assert answer.status_code == 303
    session = api.get("/api" + answer.headers["location"]).json()
    assert session["parameters"] == ["W1", "b1", "W2", "b2"] and session["optimizer"]["learning_rate"] == 0.5


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("/inputs", "none", "Expected an integer"),
        ("/layers/1/units", "0", "1 or more"),
        ("/layers/0/activation", "sine", "Expected one of"),
        ("/data/rows", "0 0 1\n0 1", "Line 2 has 2 columns, but line 1 has 3."),
        ("/data/rows", "0 0 1\n0 one 0", "Line 2, column 2: expected a number, not “one”."),
        ("/data/rows", "0 0 1\n0 1 7", "Line 2, column 3: Expected a probability"),
        ("/optimizer/sgd/learning_rate", "-1", "0 or more, got -1"),
        ("/optimizer/sgd/nesterov", "true", "momentum greater than 0"),
        ("/batch_size", "0", "1 or more"),
        ("/seed", "1.5", "Expected an integer"),
    ],
)
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(api, name, text, said):
    typed = NETWORK | {"/seed": "41", "/optimizer/adam/beta1": "0.77", name: text}
    answer = api.post("/sessions", data=typed, headers=HTML)
    assert answer.status_code == 422
    marked = re.search(r'name="([^"]*)"[^>]*aria-invalid="true"', answer.text)
    assert marked and marked[1] == name
    error = re.search(r'<p class="wrong" id="([^"]*)">(.*?)</p>', answer.text)
    assert said in unescape(error[2]) and f'aria-describedby="{error[1]}"' in answer.text
    for other, kept in typed.items():
        assert unescape(kept_in(answer.text, other)) == kept


def kept_in(page: str, name: str) -> str:
    """What stands in a field of a page."""
    tag = list(re.findall(rf'<(?:input|select|textarea)[^>]*name="{name}"[^>]*>', page))
    if tag[0].startswith("<textarea"):
        return re.search(rf'name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)[1]
    if tag[0].startswith("<select"):
        options = re.search(rf'name="{name}".*?</select>', page, re.DOTALL)[0]
        return re.search(r'value="([^"]*)" selected', options)[1]
    chosen = [one for one in tag if 'type="radio"' not in one or " checked" in one]
    if 'type="checkbox"' in chosen[-1]:
        return "true" if " checked" in chosen[-1] else "false"
    return re.search(r'value="([^"]*)"', chosen[0])[1]


def test_a_layer_is_added_and_removed_by_plain_buttons(api):
    more = api.post("/build", data=NETWORK | {"add": "layer", "/layers/0/units": "7"}, headers=HTML)
    assert more.status_code == 200 and "<html" in more.text
    assert [kept_in(more.text, f"/layers/{number}/units") for number in range(3)] == ["7", "7", "1"]
    less = api.post("/build", data=NETWORK | {"remove": "0"}, headers=HTML)
    assert kept_in(less.text, "/layers/0/units") == "1" and "/layers/1/units" not in less.text


def test_with_htmx_only_the_form_comes_back(api):
    answer = api.post("/build", data=NETWORK | {"add": "layer"}, headers=HTMX)
    assert answer.text.lstrip().startswith("<form") and "<html" not in answer.text
    assert "hx-request" in answer.headers["vary"].lower()


def test_the_first_button_of_the_network_form_opens_it(api):
    form = re.search(r'<form[^>]*id="network-form".*?</form>', api.get("/build", headers=HTML).text, re.DOTALL)[0]
    assert re.search(r"<button[^>]*>", form)[0].count("formaction") == 0


def test_the_form_offers_what_the_tables_hold(api):
    page = api.get("/build", headers=HTML).text
    for name, table in {"/loss": LOSSES, "/initializer": INITIALIZERS, "/layers/0/activation": ACTIVATIONS}.items():
        offered = re.search(rf'name="{name}".*?</select>', page, re.DOTALL)[0]
        assert re.findall(r'<option value="([^"]*)"', offered) == list(table)
    assert re.findall(r'name="/optimizer/kind" value="([^"]*)"', page) == list(OPTIMIZERS)


def test_a_network_is_looked_at_while_its_form_is_filled_in(api):
    answer = api.post("/build/check", data=NETWORK, headers=HTMX)
    assert "11 nodes · 13 numbers to learn" in read(answer) and "<svg" in answer.text
    wrong = api.post("/build/check", data=NETWORK | {"/layers/0/units": "many"}, headers=HTMX)
    assert "Units : Expected an integer" in read(wrong) and 'href="#network-layers-0-units"' in wrong.text


def test_a_setting_that_bounds_the_form_is_named(fresh):
    answer = fresh(max_nodes=5).post("/sessions", data=NETWORK, headers=HTML)
    assert answer.status_code in (413, 422) and "CHAINRULE_MAX_NODES" in answer.text


@pytest.mark.parametrize("name", PRESETS)
def test_the_page_of_an_example_shows_every_figure_and_every_note(api, name):
    answer, preset = api.get(f"/presets/{name}", headers=HTML), PRESETS[name]
    assert answer.text.count('<tr class="agrees">') + answer.text.count('<tr class="differs">') == sum(
        printed.digits is not None for printed in preset.published
    )
    assert answer.text.count('<tr class="differs">') == sum(printed.is_misprint for printed in preset.published)
    words = read(answer)
    assert all(" ".join(note.split()) in words for note in preset.notes)


def test_the_operations_page_shows_every_row_with_its_formulas(api):
    page = api.get("/ops", headers=HTML).text
    assert re.findall(r'<article class="op" id="([^"]*)"', page) != []
    assert set(re.findall(r'<article class="op" id="([^"]*)"', page)) == set(OPS)
    rules = sum(rule is not None for op in OPS.values() for rule in op.rules)
    assert page.count("<dd><math") == rules


@pytest.mark.parametrize(
    ("path", "said"),
    [("/nowhere", "There is nothing at /nowhere."), ("/presets/mazr", "Nearest: mazur"), ("/sessions/none", "session")],
)
def test_what_is_not_there_is_said_on_a_page_to_people(api, path, said):
    answer = api.get(path, headers=HTML)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert said in read(answer) and 'href="/"' in answer.text


def test_the_same_is_a_problem_to_programs(api):
    answer = api.get("/nowhere", headers={"accept": "application/json"})
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_an_address_in_a_page_of_what_is_not_there_is_only_text(api):
    answer = api.get("/<img src=x>", headers=HTML)
    assert answer.status_code == 404 and "<img" not in answer.text


def test_a_form_takes_as_long_a_text_as_the_body_may_be(api):
    source = "a = [" + ", ".join(["0.125"] * 150_000) + "]\nb = sum(a)"
    answer = api.post("/sessions", data={"/kind": "expression", "/source": source}, headers=HTML)
    assert answer.status_code == 303


def test_a_form_of_many_layers_is_read(api):
    layers = {f"/layers/{number}/units": "1" for number in range(1200)}
    answer = api.post("/sessions", data={"/kind": "layers", "/inputs": "1", **layers}, headers=HTML)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/sessions", "/build/check"])
def test_a_form_of_a_network_without_its_data_is_refused_at_once(api, path):
    answer = api.post(path, data={"/kind": "layers", "/inputs": "1", "/layers/0/units": "1"}, headers=HTML)
    assert "Paste at least one row of numbers." in read(answer)


def test_a_form_of_no_kind_is_refused_on_a_page(api):
    answer = api.post("/sessions", data={"/kind": "other"}, headers=HTML)
    assert answer.status_code == 422 and "Nothing can be opened from this form." in read(answer)


def test_whoever_asks_for_a_list_of_sessions_is_led_to_the_first_page(api):
    answer = api.get("/sessions", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_chosen_language_holds_before_the_browsers_own(api):
    chosen = api.post("/language", data={"language": "zh_Hans", "next": "/ops?x=1"}, headers=HTML)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/ops?x=1")
    cookie = chosen.headers["set-cookie"].split(";")[0]
    page = api.get("/ops", headers=HTML | {"cookie": cookie, "accept-language": "en"})
    assert 'lang="zh-Hans"' in page.text


@pytest.mark.parametrize(
    "next",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "x", "", "/\t/elsewhere.example"],
)
def test_switching_the_language_leads_nobody_away(api, next):
    answer = api.post("/language", data={"language": "en", "next": next}, headers=HTML)
    assert answer.headers["location"] == "/"


def test_an_unknown_language_changes_nothing(api):
    answer = api.post("/language", data={"language": "tlh", "next": "/"}, headers=HTML)
    assert answer.status_code == 303 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"source=%FF", "application/x-www-form-urlencoded", 422),
        (b"\xff", "application/x-www-form-urlencoded", 422),
        (b"a=1&" * 10_001, "application/x-www-form-urlencoded", 422),
        (b"--x--", "text/plain; boundary=x", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422),
        (b"--x--", "multipart/form-data", 422),
        (b"--x\r\n\r\na\r\n--x--", "multipart/form-data; boundary=x", 422),
        (
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 10_001 + b"--x--",
            "multipart/form-data; boundary=x",
            422,
        ),
        (b"{}", "application/json", 415),
    ],
)
def test_what_is_not_a_form_is_refused_in_the_readers_language(api, body, kind, status):
    headers = HTML | {"content-type": kind, "accept-language": "zh"}
    answer = api.post("/expression/check", content=body, headers=headers)
    assert answer.status_code == status
    assert "表单" in read(answer)


@pytest.mark.parametrize(
    ("form", "name", "value"),
    [
        ({"/kind": "expression", "/source": "a = 7.25\nb = a * 3.5"}, "/source", "a = 7.25"),
        (NETWORK | {"/seed": "7351"}, "/seed", "7351"),
    ],
    ids=["expression", "network"],
)
@pytest.mark.parametrize("refusal", [StoreFull, TooMany, Unavailable], ids=lambda kind: str(kind.status))
def test_what_was_typed_stays_in_the_form_where_the_server_has_no_room(api, monkeypatch, form, name, value, refusal):
    def refuse(spec):
        raise refusal("There is no room {now}.", now="just now")

    monkeypatch.setattr(api.app.state.sessions, "create", refuse)
    answer = api.post("/sessions", data=form, headers=HTML)
    assert answer.status_code == refusal.status and "There is no room just now." in read(answer)
    assert f'name="{name}"' in answer.text and value in answer.text
