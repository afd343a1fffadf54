"""Read a brief as a browser would, with the standard library alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input"}
QUOTED = {"svg", "code", "time", "style", "title", "pre"}


@dataclass
class Page(HTMLParser):
    """Elements, ids, loaded addresses and the text outside numbers and quotations."""

    ids: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict]] = field(default_factory=list)
    numbers: dict[str, list[str]] = field(default_factory=dict)
    bare: list[str] = field(default_factory=list)
    stack: list[tuple[str, bool]] = field(default_factory=list)
    body: bool = False

    def __post_init__(self):
        HTMLParser.__init__(self)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append((tag, known))
        self.body = self.body or tag == "body"
        if "id" in known:
            self.ids.append(known["id"])
        self.loaded += [known[key] for key in ("src", "poster", "data") if key in known]
        href = known.get("xlink:href") or known.get("href")
        if href is not None:
            (self.links if tag == "a" else self.loaded).append(href)
        quoted = tag in QUOTED or "quoted" in (known.get("class") or "").split()
        quoted = quoted or known.get("id") == "ledger" or tag == "data"
        if tag == "data":
            self.numbers.setdefault(known["data-n"], []).append(known["value"])
        if tag not in VOID:
            self.stack.append((tag, quoted or (bool(self.stack) and self.stack[-1][1])))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        while self.stack:
            name, _ = self.stack.pop()
            if name == tag:
                break

    def handle_data(self, data):
        if self.body and self.stack and not self.stack[-1][1]:
            self.bare.append(data)


def read(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page
