from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from kedge.brief import find, headline, write_brief
from kedge.brief.report import render
from kedge.brief.teller import Teller


@pytest.fixture(scope="session")
def html(written):
    return (written / "brief.html").read_text("utf-8")


@pytest.fixture(scope="session")
def page(html):
    return load("page").read(html)


def load(name):
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location(f"brief_{name}", Path(__file__).parent / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_number_of_the_page_has_an_entry_in_the_ledger(written, page):
    with (written / "evidence.csv").open() as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert len(page.numbers) > 200
    assert set(page.numbers) == set(rows)
    for key, values in page.numbers.items():
        assert {float(value) for value in values} == {float(rows[key]["value"])}
        assert rows[key]["source"]
        assert rows[key]["kind"] in {"measured", "published", "assumed", "computed"}


def test_no_digit_stands_outside_numbers_quotations_charts_and_code(page):
    # Quotations are words of the study, the parameter table or a source; see kedge.brief.ledger.Quote.
    text = "".join(page.bare)
    assert len(text) > 3000
    assert not re.findall(r".{0,30}\d.{0,30}", text)


def test_the_page_loads_nothing(page, html):
    assert set(page.loaded) <= {"data:,"} | {ref for ref in page.loaded if ref.startswith("#")}
    assert not re.search(r"url\(\s*['\"]?(?!#)", html)
    assert "<script" not in html
    assert "@import" not in html


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere(page):
    assert [key for key, times in Counter(page.ids).items() if times > 1] == []
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)


def test_each_figure_is_labelled_and_has_its_words_and_files_beside_it(page, html, written):
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 14
    for chart in charts:
        assert chart["role"] == "img"
        assert len(chart["aria-label"]) > 60
    names = re.findall(r'<figure id="figure-([a-z]+)"', html)
    assert sorted(names) == sorted(["flip", "regret", "tradeoffs", "drivers", "failing", "weights", "paths"])
    assert html.count("<b>In words.</b>") == len(names)
    for name in names:
        for ending in ("csv", "svg", "png"):
            assert (written / "figures" / f"{name}.{ending}").stat().st_size > 100


def test_headings_tables_and_language_are_fit_for_a_screen_reader(page):
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.tags if tag == "th")
    assert dict(page.tags)["html"]["lang"] == "en"
    assert "#answer" in page.links


def test_no_share_of_futures_is_called_a_probability(page):
    text = " ".join("".join(page.bare).split())
    assert "A share of futures is not a probability" in text
    assert text.count("probability") == 1


def test_the_headline_is_the_answer_and_names_the_two_leading_plans(found):
    text = headline(found)
    assert 3 <= len(text.splitlines()) <= 4
    assert found.leader.label in text
    assert found.rival.label in text


def test_renaming_the_plans_changes_nothing_but_names(synthetic, found):
    labels = {"keep": "Qqa", "knit": "Qqb", "bend": "Qqc", "alone": "Qqd"}
    renamed = find(synthetic.assessment(3000, labels=labels))
    assert [replace(plan, label="") for plan in renamed.plans] == [
        replace(plan, label="") for plan in found.plans
    ]
    assert renamed.order == found.order
    assert renamed.failing == found.failing
    text = headline(renamed)
    for key, label in synthetic.LABELS.items():
        text = text.replace(labels[key], label)
    assert text == headline(found)


def test_hostile_labels_are_escaped(synthetic, tmp_path):
    labels = {
        "keep": "<script>alert(1)</script>",
        "knit": "A & B <b>",
        "bend": "{{ 7 * 7 }}",
        "alone": "]]> <!--",
    }
    base = synthetic.assessment(600, labels=labels)
    text = write_brief(base, tmp_path).read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text
    assert "A & B" not in text
    assert "<!--" not in text


def test_rendering_is_the_same_twice(found):
    teller = Teller(found)
    assert render(teller, {}, {}) == render(teller, {}, {})


def test_the_data_drawn_are_the_findings(written, found, assessed):
    drawn = pl.read_csv(written / "figures" / "tradeoffs.csv")
    assert drawn.height == 4 * 7
    first = drawn.row(0, named=True)
    assert first["measure"] == assessed.measures[0].label
    assert first["median"] == pytest.approx(found.measures[0][0][1].value)
    cells = pl.read_csv(written / "figures" / "flip.csv")
    assert cells.height == found.flip.map.share.size
    assert cells["share"].max() == pytest.approx(100 * found.flip.map.share.max())
    regret = pl.read_csv(written / "figures" / "regret.csv")
    assert regret["p90"][0] == pytest.approx(found.plans[0].regret[1].value)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium; install it (apt-get install chromium) to run this"
)
def test_a_real_browser_opens_the_page_without_requests_or_errors(written, tmp_path):
    log = tmp_path / "net.json"
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --v=0"
    )
    done = subprocess.run(
        [
            CHROMIUM,
            *flags.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--log-net-log={log}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--dump-dom",
            (written / "brief.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "The answer in three sentences" in done.stdout
    assert "CONSOLE" not in done.stderr
    started = re.findall(r'"url":"(https?://[^"]+)"', log.read_text("utf-8", errors="replace"))
    own = [address for address in started if "google" not in address and "gstatic" not in address]
    assert own == []
