"""What an exported script says and holds: a reader's own words cannot become code, and numbers keep every bit."""

import ast

import numpy as np
import pytest

from app.export.numpy_code import numpy_code
from app.export.pytorch_code import pytorch_code
from app.export.sections import harmless
from app.notation.literals import array
from app.session.service import Sessions
from tests.export.specs import dense
from tests.session.memory import MemoryStore

NAMED = '"a""""""\nimport os\nos.remove(__file__)\n""""""",b,kind\n1,2,x\n3,4,y\n1,3,x'


@pytest.mark.parametrize("write", [numpy_code, pytorch_code])
def test_the_name_of_a_column_is_never_code(write):
    sessions = Sessions(MemoryStore())
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [dense(1)],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"csv": NAMED, "scale": "standardize"},
    }
    id = sessions.create(spec).id
    script = write('a title """ of\n# two lines', sessions.departure(id))
    imported = {name.name for one in ast.walk(ast.parse(script)) if isinstance(one, ast.Import) for name in one.names}
    assert "os" not in imported and "os.remove" not in ast.unparse(ast.parse(script).body[-1])
    prepare = next(one for one in ast.parse(script).body if getattr(one, "name", "") == "prepare")
    assert "os.remove(__file__)" in ast.get_docstring(prepare)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('a"""b', "a'''b"),
        ("a\nb\r\u2028c", "a b c"),
        ("back\\", "back/"),
        ("right\u202eleft\u2066", "right⟨U+202E⟩left⟨U+2066⟩"),
        ("长度 = 1", "长度 = 1"),
    ],
)
def test_words_stay_on_their_line_and_in_their_docstring(words, said):
    assert harmless(words) == said


@pytest.mark.parametrize(
    "numbers",
    [
        np.array(0.1),
        np.array([0.1, np.nan, np.inf, -np.inf, -0.0, 5e-324]),
        np.array([[0.1 + 0.2, 1e308], [np.nan, 3.0]]),
        np.arange(12.0).reshape(2, 3, 2) / 7,
        np.arange(400.0).reshape(200, 2) / 3,
        np.arange(40.0) / 3,
        np.arange(5),
        np.zeros((0, 3)),
    ],
)
def test_a_written_array_is_the_array_again(numbers):
    again = eval(array(numbers), {"np": np})
    assert again.shape == numbers.shape and again.dtype == np.float64
    np.testing.assert_array_equal(again, numbers)
