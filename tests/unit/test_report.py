# SPDX-License-Identifier: Apache-2.0
import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import imagecodecs
import numpy as np
import pytest

from pellicle.io.report import PRINTED_ROWS, embedded_json, render_report
from pellicle.io.report_content import (
    ReportAssumption,
    ReportClass,
    ReportContent,
    ReportDecision,
    ReportDetail,
    ReportPicture,
    ReportRegion,
    ReportRun,
    ReportSource,
    ReportTable,
    ReportViews,
)
from pellicle.io.report_words import (
    described_assumption,
    described_figures,
    set_area,
    too_coarse_for_cracks,
)
from pellicle.io.sensitivity_words import sensitivity_table
from pellicle.model.condition import DamageClass
from pellicle.model.print_setup import UnmeasuredPart
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize

HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7*7 }}'\"&\u2028"
FIGURES: dict[str, Any] = {
    "regions": 7,
    "regions_printed": 5,
    "regions_left": {"narrower than 150 µm": 2},
    "mask_area_mm2": 66204.6,
    "predicted_de00_mean": 0.874,
    "out_of_gamut_fraction": 0.0432,
    "visible_area_before_mm2": 2841.2,
    "visible_area_after_mm2": 61.42,
    "hand_hours_estimate": 0.2,
    "assumed": ["colour"],
}


class Page(HTMLParser):
    """Elements, and the text of each script, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 -- the parser's interface
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.blocks:
            self.blocks[self._inside].append(data)
        else:
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


def picture(title: str, side_px: int = 8) -> ReportPicture:
    pixels = np.full((side_px, side_px, 3), 120, np.uint8)
    encoded = bytes(imagecodecs.png_encode(pixels))
    return ReportPicture(title, title, "image/png", encoded, side_px, side_px)


def region(number: int, **changes: Any) -> ReportRegion:
    plain = ReportRegion(
        id=f"{number:012x}",
        damage_class=DamageClass.LOSS,
        area_mm2=10.0 / (number + 1),
        confidence=0.9,
        window=Window(number, number, number + 5, number + 7),
        origin="found",
        method="diffusion",
        evidence="interpolated",
        decision="",
        approved=False,
        printed=True,
        reason="",
    )
    return dataclasses.replace(plain, **changes)


def content(**changes: Any) -> ReportContent:
    plain = ReportContent(
        title="Portrait of a Girl",
        artist="Unknown",
        inventory_number="1954.287",
        owner="Example Museum",
        raster=RasterSpec(800, 600, PixelSize.from_ppi(600)),
        scale_confirmed=False,
        made_with="Pellicle 0.1.0",
        draft_regions=0,
        views=ReportViews(scan=picture("Scan"), proof=picture("Proof")),
        figures=described_figures(FIGURES),
        assumptions=(described_assumption("colour", "An offset profile stands in."),),
        classes=(ReportClass(DamageClass.LOSS, 7, 12.5, 6, 5, (("too narrow", 2),)),),
        regions=tuple(region(number) for number in range(7)),
        runs=(ReportRun("mask", "0f" * 8, "separation", 1, (("choke_um", "100.0"),)),),
        sources=(ReportSource("scan.tif", "scan", "ab" * 32, "TIFF, 16 bit"),),
        software=(("Pellicle", "0.1.0"),),
    )
    return dataclasses.replace(plain, **changes)


def test_the_same_content_gives_the_same_bytes() -> None:
    first = render_report(content()).encode()
    assert first == render_report(content()).encode()


def test_the_header_says_what_it_is_how_large_and_how_sure() -> None:
    text = Page(render_report(content())).text
    for words in (
        "Portrait of a Girl",
        "1954.287",
        "Example Museum",
        "25.4 × 33.9 mm",
        "600 × 800 px",
        "600 ppi",
        "unconfirmed",
        "Made with Pellicle 0.1.0",
    ):
        assert words in text
    assert "unconfirmed" not in render_report(content(scale_confirmed=True))


def test_a_draft_says_so_with_its_number() -> None:
    assert "DRAFT" not in render_report(content())
    html = render_report(content(draft_regions=5317))
    assert "DRAFT: 5,317 regions not approved" in html
    assert "DRAFT: 1 region not approved" in render_report(content(draft_regions=1))


def test_withheld_print_files_are_named() -> None:
    html = render_report(content(print_files_withheld=True))
    assert "print files are withheld" in html
    assert "DRAFT" not in html


def test_nothing_is_loaded_from_anywhere() -> None:
    page = Page(render_report(content(details=(a_detail(),))))
    for name in ("src", "href", "action", "srcset", "poster", "formaction"):
        for address in page.attributes(name):
            assert address.startswith(("data:", "#")), address
    style = "".join(page.blocks["style"])
    assert "url(" not in style
    assert "@import" not in style
    script = "".join(page.blocks["script"])
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "innerHTML"):
        assert word not in script


def test_the_policy_allows_only_the_blocks_of_the_page() -> None:
    page = Page(render_report(content()))
    policy = next(
        attrs["content"] or ""
        for _, attrs in page.elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    allowed = set(re.findall(r"sha256-([^']+)", policy))
    scripts = [block for block in page.blocks["script"] if not block.startswith("{")]
    blocks = [*page.blocks["style"], *scripts]
    hashes = {
        base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        for block in blocks
    }
    assert hashes == allowed
    assert not page.attributes("style")
    assert not [
        name for _, attrs in page.elements for name in attrs if name[:2] == "on"
    ]


def a_detail() -> ReportDetail:
    return ReportDetail("Largest loss", Window(0, 0, 8, 8), (picture("Before"),))


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    bad = dataclasses.replace(picture("Scan"), title=HOSTILE, caption=HOSTILE)
    html = render_report(
        content(
            title=HOSTILE,
            artist=HOSTILE,
            inventory_number=HOSTILE,
            owner=HOSTILE,
            made_with=HOSTILE,
            views=ReportViews(scan=bad, difference=bad),
            details=(ReportDetail(HOSTILE, Window(0, 0, 8, 8), (bad,)),),
            figures=described_figures(
                {"mask_area_mm2": HOSTILE, HOSTILE: {HOSTILE: 1}}
            ),
            truth=ReportTable(HOSTILE, HOSTILE, (HOSTILE,), ((HOSTILE,),)),
            assumptions=(ReportAssumption(HOSTILE, HOSTILE, HOSTILE),),
            regions=(
                region(1, id=HOSTILE, method=HOSTILE, decision=HOSTILE, reason=HOSTILE),
            ),
            decisions=(ReportDecision(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
            sources=(ReportSource(HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
            runs=(ReportRun(HOSTILE, HOSTILE, HOSTILE, 1, ((HOSTILE, HOSTILE),)),),
            software=((HOSTILE, HOSTILE),),
        )
    )
    page = Page(html)
    assert "<img src=x" not in html
    assert not page.attributes("onerror")
    assert html.count("</script>") == 3
    assert "49" not in page.text
    columns = json.loads(page.blocks["script"][1])
    assert columns["id"] == [HOSTILE]


def test_embedded_json_holds_no_markup_and_reads_back() -> None:
    value = {"note": HOSTILE + "<!-- ]]> \u2029"}
    text = embedded_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_regions_are_largest_first_and_paper_shows_the_first_hundred() -> None:
    many = tuple(region(number) for number in reversed(range(250)))
    html = render_report(content(regions=many))
    columns = json.loads(Page(html).blocks["script"][1])
    assert columns["area"] == sorted(columns["area"], reverse=True)
    assert columns["id"][0] == f"{0:012x}"
    assert columns["box"][3] == [3, 3, 10, 8]
    rows = re.findall(r'<th scope="row" class="code">([0-9a-f]+)</th>', html)
    assert rows == columns["id"][:PRINTED_ROWS]
    assert "The first 100 of 250 regions" in html


def test_equal_areas_are_ordered_by_id_whatever_order_they_come_in() -> None:
    same = [region(number, area_mm2=1.0) for number in range(9)]
    forward = render_report(content(regions=tuple(same)))
    assert forward == render_report(content(regions=tuple(reversed(same))))


def test_six_thousand_regions_stay_small() -> None:
    few = render_report(content(regions=()))
    many = render_report(content(regions=tuple(region(n) for n in range(6000))))
    assert len(many.encode()) - len(few.encode()) < 6000 * 90
    assert len(few.encode()) < 80_000


def test_each_picture_is_embedded_once() -> None:
    html = render_report(content(details=(a_detail(),)))
    assert html.count("data:image/png;base64,") == 3


def test_outcome_says_printed_in_part_or_why_not() -> None:
    html = render_report(
        content(
            regions=(
                region(1),
                region(2, reason="narrow parts"),
                region(3, printed=False, reason="too narrow"),
                region(4, printed=False),
            )
        )
    )
    columns = json.loads(Page(html).blocks["script"][1])
    outcomes = [columns["outcome"]["words"][i] for i in columns["outcome"]["rows"]]
    assert outcomes == ["printed", "in part: narrow parts", "no: too narrow", "no"]
    assert columns["printed"]["words"] == ["yes", "in part", "no"]


def test_an_empty_treatment_makes_a_page_too() -> None:
    text = Page(
        render_report(
            ReportContent(
                title="",
                artist="",
                inventory_number="",
                owner="",
                raster=RasterSpec(1, 1, PixelSize(40.0)),
                scale_confirmed=True,
                made_with="Pellicle 0.1.0",
                draft_regions=0,
                views=ReportViews(scan=picture("Scan")),
            )
        )
    ).text
    assert "Untitled work" in text
    assert "No damage was mapped" in text
    assert "Nobody has decided anything yet" in text
    assert "were all measured" in text


@pytest.mark.parametrize("max_de00", [0.8, 5.0, 10.0, 37.0, 900.0])
def test_the_difference_scale_ends_at_or_below_its_maximum(max_de00: float) -> None:
    views = ReportViews(scan=picture("Scan"), difference=picture("Difference"))
    html = render_report(content(views=views, difference_max_de00=max_de00))
    ticks = [float(t) for t in re.findall(r'middle">([\d.]+)[ +]*</text>', html)]
    assert ticks[0] == 0
    assert ticks[-1] <= max_de00
    assert 2 <= len(ticks) <= 20


def test_predicted_differences_state_that_they_exclude_the_model_error() -> None:
    names = (
        "predicted_de00_mean",
        "predicted_de00_p95",
        "predicted_de00_in_gamut_mean",
        "predicted_de00_in_gamut_p95",
        "rim_de00_mean",
        "untouched_de00_mean",
    )
    for figure in described_figures(dict.fromkeys(names, 1.0)):
        assert "excludes the error of the optical model" in figure.meaning
    html = render_report(content())
    assert "Every predicted ΔE00 excludes the error of the optical model" in html
    assert "commentary 23" in html


def test_figures_are_said_in_plain_words_with_units() -> None:
    by_name = {figure.name: figure for figure in described_figures(FIGURES)}
    assert "assumed" not in by_name
    assert by_name["mask_area_mm2"].value == "66,205"
    assert by_name["mask_area_mm2"].unit == "mm²"
    assert by_name["predicted_de00_mean"].value == "0.87"
    assert by_name["out_of_gamut_fraction"].value == "4.3"
    assert by_name["regions_left"].value == "2"
    assert by_name["regions_left"].parts == (("narrower than 150 µm", "2"),)
    assert all(figure.meaning for figure in by_name.values())
    assert "2,841 → 61.4" in render_report(content())


def test_figures_that_surprise_say_why() -> None:
    names = ("predicted_de00_in_gamut_mean", "visible_area_before_mm2")
    in_gamut, before = described_figures(dict.fromkeys(names, 1.0))
    assert "not how exactly they print" in in_gamut.meaning
    assert "a multiple of the mask's area" in before.meaning


def test_an_unknown_figure_and_one_that_was_not_computed_are_shown() -> None:
    by_name = {
        figure.name: figure
        for figure in described_figures({"rim_de00_mean": None, "new_thing": 3.14159})
    }
    assert by_name["rim_de00_mean"].value == "not computed"
    assert by_name["new_thing"].value == "3.14"


@pytest.mark.parametrize(
    ("mm2", "words"),
    [
        (66204.6, "66,205"),
        (12.34, "12.3"),
        (0.0123, "0.012"),
        (0.0, "0"),
        (3e-6, "< 0.001"),
    ],
)
def test_areas_are_set_with_about_three_digits(mm2: float, words: str) -> None:
    assert set_area(mm2) == words


@pytest.mark.parametrize(
    "subject", ["scale", "colour", "white", "displacement", "scan_colour", "weather"]
)
def test_every_assumption_says_what_to_do(subject: str) -> None:
    assumption = described_assumption(subject)
    assert assumption.statement
    assert assumption.remedy
    assert "_" not in assumption.subject


def test_every_part_of_a_print_setup_has_its_own_remedy() -> None:
    usual = described_assumption("weather").remedy
    remedies = {described_assumption(part.value).remedy for part in UnmeasuredPart}
    assert len(remedies | {usual}) == len(UnmeasuredPart) + 1


def test_long_lists_of_decisions_show_the_last_hundred() -> None:
    decisions = tuple(
        ReportDecision("A", "2026-01-01", f"region {n}", "approve", "")
        for n in range(130)
    )
    text = Page(render_report(content(decisions=decisions))).text
    assert "The last 100 of 130 decisions" in text
    assert "region 129" in text
    assert "region 29" not in text


def test_what_another_sensitivity_would_map_is_told_even_if_nothing_is_mapped() -> None:
    mapped = {"loss": {"regions": 1200, "area_mm2": 34.56}}
    counted = [{"sensitivity": 0.25, "asked": True, "by_class": mapped}]
    table = sensitivity_table(counted)
    page = Page(render_report(content(sensitivity=table, classes=(), regions=())))
    assert "What another sensitivity would map" in page.text
    assert "0.25 (set)" in page.text
    assert "1,200 · 34.6" in page.text
    assert sensitivity_table([]) is None


def test_regions_say_who_found_them_and_what_was_seen() -> None:
    told = region(1, found_by="networks and filters", seen="networks see loss 0.91")
    page = Page(render_report(content(regions=(told,))))
    assert "Found by" in page.text
    assert "networks and filtersnetworks see loss 0.91" in page.text


@pytest.mark.parametrize(
    ("ppi", "coarse"), [(150, True), (290, True), (298, False), (300, False)]
)
def test_which_scans_are_too_coarse_for_cracks(ppi: float, coarse: bool) -> None:
    assert too_coarse_for_cracks(PixelSize.from_ppi(ppi)) is coarse
