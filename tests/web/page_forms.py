"""The forms of a page: where each goes, and its fields as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form; of fields with one name the last, and its buttons by name and value."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Finds forms; a field may stand elsewhere and name its form."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.open = ""
        self.field = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = given.get("id") or f"form {len(self.forms)}"
            self.forms[self.open] = Form(given.get("method", "get").lower(), given.get("action", ""))
            return
        form = self.forms.get(given.get("form", self.open))
        name = given.get("name", "")
        if tag == "option":
            self.choose(given)
        elif form is None or not name:
            return
        elif tag == "button":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            form.fields.setdefault(name, given.get("value", "on"))
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
        elif tag in ("input", "textarea", "select"):
            form.fields[name] = given.get("value", "")
            self.field = name if tag != "input" else ""

    def choose(self, given: dict[str, str]) -> None:
        """An option: the chosen one, else the first."""
        form = self.forms.get(self.open)
        if form is not None and self.field and ("selected" in given or not form.fields.get(self.field)):
            form.fields[self.field] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        form = self.forms.get(self.open)
        if form is not None and self.field and self.lasttag == "textarea":
            form.fields[self.field] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = ""
        if tag in ("select", "textarea"):
            self.field = ""


def forms_of(page: str) -> list[Form]:
    """Every form of a page."""
    reader = Reader()
    reader.feed(page)
    return [*reader.forms.values()]
