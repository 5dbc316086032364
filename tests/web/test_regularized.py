"""A network with dropout, penalties, a schedule and clipping is explained like any other."""

import pytest

from tests.session.problems import REGULARIZED

OPTIMIZER = {"kind": "adam", "schedule": {"kind": "warmup_cosine", "total_iters": 2}, "clip_norm": 0.1}


@pytest.fixture
def trained(api) -> str:
    """A session of it after four iterations, the last of them on a short batch."""
    id = api.post("/api/sessions", json={**REGULARIZED, "optimizer": OPTIMIZER}).json()["id"]
    api.post(f"/api/sessions/{id}/step", json={"iterations": 3})
    return id


def test_the_check_and_every_explanation_take_the_masks_of_their_iteration(api, trained):
    session = api.get(f"/api/sessions/{trained}").json()
    assert api.post(f"/api/sessions/{trained}/check").json()["ok"]
    for node in session["nodes"]:
        index = ",".join("0" for _ in node["shape"])
        found = api.get(f"/api/sessions/{trained}/nodes/{node['id']}", params={"index": index}).json()
        if found["gradient"] is not None and found["terms"]:
            assert sum(term["product"] for term in found["terms"]) == pytest.approx(found["gradient"], abs=1e-12)


def test_masks_of_a_short_batch_have_its_rows(api, trained):
    nodes = {node["id"]: node for node in api.get(f"/api/sessions/{trained}").json()["nodes"]}
    assert nodes["m1"]["shape"] == nodes["a1"]["shape"] == [1, 3]
    assert nodes["m1"]["kind"] == "constant" and nodes["m1"]["gradient"] is None


@pytest.mark.parametrize(
    "path", ["derivation", "?view=layers", "?view=graph&node=l2W1", "?node=W1&index=0,0&open=update"]
)
def test_its_pages_show_it(api, trained, path):
    slash = "" if path.startswith("?") else "/"
    answer = api.get(f"/sessions/{trained}{slash}{path}", headers={"accept": "text/html"})
    assert answer.status_code == 200


def test_the_derivation_recomputes_the_clipped_and_scheduled_update(api, trained):
    document = api.get(f"/api/sessions/{trained}/derivation")
    assert document.status_code == 200
    assert document.json()["optimizer"]["schedule"]["kind"] == "warmup_cosine"
