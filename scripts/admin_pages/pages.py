"""What a page links to, and what its forms would send."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlencode

Data = dict[str, list[str]]

Attributes = list[tuple[str, str | None]]

# Inputs that send nothing unless they are used.
BUTTONS = {"submit", "button", "reset", "image", "file"}


class Page(HTMLParser):
    """
    `links` are the addresses on a page, `forms` what each of its forms that post
    would send if nothing was changed, as a browser does it.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[Data] = []
        self.hidden: list[str] = []
        self.buttons: list[tuple[int, str | None]] = []
        self.form: Data | None = None
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.multiple = False
        self.area: tuple[str, list[str]] | None = None
        self.feed(source)
        self.close()

    def add(self, name: str | None, value: str | None) -> None:
        if self.form is not None and name:
            self.form.setdefault(name, []).append(value or "")

    def handle_starttag(self, tag: str, attributes: Attributes) -> None:
        values = dict(attributes)
        if link := values.get("href"):
            self.links.append(link)
        if link := values.get("data-ajax--url"):
            self.links += [f"{link}?{query}" for query in autocompletions(values)]
        if tag == "form" and values.get("method") == "post":
            self.form = {}
            self.forms.append(self.form)
        elif tag == "input":
            kind = values.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in values:
                    self.add(values.get("name"), values.get("value", "on"))
            elif kind in BUTTONS:
                self.buttons.append((len(self.forms) - 1, values.get("name")))
            else:
                if kind == "hidden":
                    self.hidden.append(values.get("name") or "")
                self.add(values.get("name"), values.get("value"))
        elif tag == "textarea":
            self.area = (values.get("name") or "", [])
        elif tag == "select":
            self.select = values.get("name")
            self.multiple = "multiple" in values
            self.options = []
        elif tag == "option":
            self.options.append((values.get("value") or "", "selected" in values))

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.area is not None:
            name, parts = self.area
            # A line break after the tag doesn't count.
            self.add(name, "".join(parts).removeprefix("\n").removeprefix("\r\n"))
            self.area = None
        elif tag == "select":
            chosen = [value for value, selected in self.options if selected]
            if not chosen and not self.multiple:
                chosen = [value for value, _ in self.options[:1]]
            for value in chosen:
                self.add(self.select, value)
            self.select = None

    def hidden_names(self, prefix: str) -> list[str]:
        """Return the names of hidden fields that start so, without that."""
        return [
            name.removeprefix(prefix) for name in self.hidden if name.startswith(prefix)
        ]

    def form_with(self, button: str) -> Data:
        """Return what the form with a button of this name would send."""
        for number, name in self.buttons:
            if name == button:
                form = self.forms[number]
                return {name: list(values) for name, values in form.items()}
        return {}


def autocompletions(values: dict[str, str | None]) -> list[str]:
    """Return what a select with these attributes asks for, and when it's typed in."""
    names = ["app_label", "model_name", "field_name"]
    field = {name: values.get(f"data-{name.replace('_', '-')}") for name in names}
    terms: list[dict[str, str]] = [{}, {"term": "a"}, {"term": '["'}]
    return [urlencode({"term": "", **field, **term}) for term in terms]
