"""How an op is called in an expression: how many arguments it takes, and which keywords with which values."""

import ast
from dataclasses import dataclass
from typing import Any

from app.engine.ops import Op
from app.errors import N_
from app.nn.grammar import Text

LARGEST = 2**31


@dataclass(frozen=True)
class Signature:
    """What a row says about its calls."""

    op: Op

    def check_count(self, text: Text, call: ast.Call) -> None:
        """Refuse too few or too many arguments, and unknown keywords."""
        if not 0 <= len(self.op.arguments) - len(call.args) <= self.op.optional:
            template = N_("{op} takes {expected}; got a call with {count} of them.")
            expected = ", ".join(self.op.arguments)
            raise text.error(call, template, op=self.op.name, expected=f"({expected})", count=len(call.args))
        for keyword in call.keywords:
            if keyword.arg not in self.op.attributes:
                raise self._unknown_keyword(text, keyword)

    def attributes(self, text: Text, call: ast.Call) -> dict[str, Any]:
        """The keyword values of a call: integers, tuples of them, True or False."""
        found: dict[str, Any] = {}
        for keyword in call.keywords:
            value, name = keyword_value(keyword.value), keyword.arg or "**"
            wants_truth = isinstance(self.op.attributes[name], bool)
            if value is None or isinstance(value, bool) is not wants_truth:
                expected = N_("True or False") if wants_truth else N_("an integer or a tuple of integers")
                template = N_("Expected {expected} for {keyword}, got {came}.")
                came = text.quote(keyword.value)
                raise text.error(keyword.value, template, expected=expected, keyword=name, came=came)
            found[name] = value
        return found

    def _unknown_keyword(self, text: Text, keyword: ast.keyword) -> Exception:
        known = list(self.op.attributes)
        if not known:
            return text.error(keyword, N_("{op} takes no keywords."), op=self.op.name)
        template = N_("{op} has no keyword {came}; it has {known}.")
        return text.error(keyword, template, op=self.op.name, came=keyword.arg or "**", known=known)


def keyword_value(node: ast.expr) -> int | bool | tuple[int, ...] | None:
    """The value of a keyword, or None if it is none of those allowed."""
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        return node.value
    if isinstance(node, ast.Tuple):
        numbers = tuple(number for element in node.elts if (number := _integer(element)) is not None)
        return numbers if len(numbers) == len(node.elts) else None
    return _integer(node)


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _integer(node.operand)
        return None if number is None else -number
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < LARGEST:
        return node.value
    return None
