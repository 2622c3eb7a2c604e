# SPDX-License-Identifier: Apache-2.0
"""The report in a real browser: what a person can do with it, and what it must not."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pikepdf
import pytest
from chromium import Browser

from pellicle.io.report import render_report
from pellicle.io.report_content import (
    ReportClass,
    ReportContent,
    ReportDecision,
    ReportDetail,
    ReportPicture,
    ReportRegion,
    ReportViews,
)
from pellicle.io.report_words import described_assumption, described_figures
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize

REGIONS = 5600
HOSTILE = "</script><img src=x onerror='document.title=1'>"
RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(title: str, colour: tuple[int, int, int], side_px: int) -> ReportPicture:
    pixels = np.full((side_px, side_px, 3), colour, np.uint8)
    encoded = bytes(imagecodecs.png_encode(pixels))
    return ReportPicture(title, title, "image/png", encoded, side_px, side_px)


def region(number: int) -> ReportRegion:
    row, column = divmod(number, 80)
    top, left = row * 30, column * 30
    printed = number % 7 != 0
    return ReportRegion(
        id=f"{number:012x}",
        damage_class=DamageClass.SPLIT if number % 500 == 0 else DamageClass.LOSS,
        area_mm2=200.0 / (number + 1),
        confidence=(number % 100) / 100,
        window=Window(top, left, top + 20, left + 20),
        origin="found",
        method="patches" if number < 40 else "diffusion",
        evidence="copied" if number < 40 else "interpolated",
        decision=HOSTILE if number == 3 else "",
        approved=number < 12,
        printed=printed,
        reason="" if printed else "narrower than 150 µm",
    )


def example() -> ReportContent:
    return ReportContent(
        title=f"Portrait of a Girl {HOSTILE}",
        artist="Unknown",
        inventory_number="1",
        owner="",
        raster=RasterSpec(2400, 2400, PixelSize.from_ppi(600)),
        scale_confirmed=False,
        made_with="Pellicle 0.1.0",
        draft_regions=REGIONS,
        views=ReportViews(
            scan=picture("Scan", RED, 400),
            condition=picture("Condition map", (0, 99, 0), 400),
            proof=picture("Predicted appearance", BLUE, 400),
            difference=picture("Difference", (9, 9, 9), 400),
        ),
        details=(
            ReportDetail(
                "Largest loss",
                Window(0, 0, 240, 240),
                tuple(picture(name, RED, 240) for name in "abcde"),
            ),
        ),
        figures=described_figures({"regions": REGIONS, "rim_de00_mean": 4.4}),
        assumptions=(described_assumption("colour"),),
        classes=(ReportClass(DamageClass.LOSS, REGIONS, 99.0, 9, 9),),
        regions=tuple(region(number) for number in range(REGIONS)),
        decisions=(ReportDecision("A", "2026-01-01", "region", "approve", HOSTILE),),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(render_report(example()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.open(page, 1440, 900)
    return browser


def colour_at(browser: Browser, x: float, y: float, tmp_path: Path) -> list[int]:
    browser.screenshot(tmp_path / "shot.png")
    shot = imagecodecs.png_decode((tmp_path / "shot.png").read_bytes())
    return shot[round(y), round(x), :3].tolist()


def shown_ids(browser: Browser) -> list[str]:
    return browser.run(
        "[...document.querySelectorAll('#region-table tbody th button')]"
        ".map((b) => b.textContent)"
    )


def test_the_report_asks_the_network_for_nothing_and_breaks_no_rule(
    opened: Browser, page: Path
) -> None:
    for tab in ("scan", "condition", "difference"):
        opened.click(f"#tab-{tab}")
    opened.click("input[value=dark]")
    assert opened.requests() == [page.as_uri()]
    assert opened.complaints() == []
    assert opened.run("document.title").startswith("Portrait of a Girl </script><img")


def test_pictures_are_there(opened: Browser) -> None:
    widths = opened.run("[...document.images].map((i) => i.naturalWidth)")
    assert len(widths) == 4 + 5 + 2
    assert min(widths) > 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_dragging_the_divider_uncovers_the_scan_to_its_left(
    opened: Browser, share: float, tmp_path: Path
) -> None:
    opened.middle_of("#stage")
    left, top, width, height = opened.run(
        "(() => { const b = document.querySelector('#stage').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    y = top + height * 0.75
    x = left + width * share
    opened.mouse("mousePressed", left + width / 2, y)
    opened.mouse("mouseMoved", x, y)
    opened.mouse("mouseReleased", x, y)
    assert colour_at(opened, x - 12, y, tmp_path) == list(RED)
    assert colour_at(opened, x + 12, y, tmp_path) == list(BLUE)
    value = opened.run("document.querySelector('#divider').ariaValueNow")
    assert abs(int(value) - 100 * share) <= 1


def test_the_divider_obeys_the_keyboard_and_says_where_it_is(opened: Browser) -> None:
    opened.run("document.querySelector('#divider').focus()")
    opened.press("Home")
    for _ in range(3):
        opened.press("ArrowRight")
    divider = "document.querySelector('#divider')"
    assert opened.run(f"{divider}.ariaValueNow") == "3"
    assert opened.run(f"{divider}.ariaValueText") == (
        "3 % Scan, 97 % Predicted appearance"
    )
    opened.press("End")
    assert opened.run(f"{divider}.ariaValueNow") == "100"


def test_tabs_obey_the_keyboard_and_show_one_picture(opened: Browser) -> None:
    opened.run("document.querySelector('#tab-compare').focus()")
    opened.press("ArrowRight")
    opened.press("ArrowRight")
    assert opened.run("document.activeElement.id") == "tab-condition"
    visible = (
        "[...document.querySelectorAll('.view')].filter((v) => v.checkVisibility())"
        ".map((v) => v.id)"
    )
    assert opened.run(visible) == ["view-condition"]
    opened.press("Home")
    assert opened.run(visible) == ["view-scan", "view-proof"]


def test_what_is_compared_can_be_chosen(opened: Browser, tmp_path: Path) -> None:
    opened.run(
        "(() => { const s = document.querySelector('#choose-right');"
        "s.value = 'condition'; s.dispatchEvent(new Event('change')); })()"
    )
    opened.middle_of("#stage")
    left, top, width, height = opened.run(
        "(() => { const b = document.querySelector('#stage').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    y = top + 0.7 * height
    assert colour_at(opened, left + 0.8 * width, y, tmp_path) == [0, 99, 0]


def test_a_search_finds_regions_by_id_and_by_words(opened: Browser) -> None:
    assert len(shown_ids(opened)) == 25
    opened.click("#search")
    opened.type(f"{4321:012x}")
    opened.wait_for("document.querySelector('#region-count').textContent[0] === '1'")
    assert shown_ids(opened) == [f"{4321:012x}"]
    opened.run("document.querySelector('#search').value = ''")
    opened.click("#search")
    opened.type("split not approved")
    count = "document.querySelector('#region-count').textContent"
    opened.wait_for(f"{count}.startsWith('11 of 5,600')")
    opened.click("#filters button[type=reset]")
    opened.wait_for(f"{count}.startsWith('5,600 regions')")


def test_filters_and_sorting_work_together(opened: Browser) -> None:
    chosen = opened.run(
        "(() => { const s = document.querySelector('[data-filter=class]');"
        "s.value = [...s.options].find((o) => o.text.startsWith('split')).value;"
        "s.dispatchEvent(new Event('change')); return s.selectedOptions[0].text; })()"
    )
    assert chosen == "split (12)"
    splits = [f"{number:012x}" for number in range(0, REGIONS, 500)]
    assert shown_ids(opened) == splits
    opened.click("[data-sort=area]")
    assert shown_ids(opened) == splits[::-1]
    sort = "document.querySelector('[data-sort=area]').parentElement.ariaSort"
    assert opened.run(sort) == "ascending"


def test_thousands_of_regions_are_searched_at_once(opened: Browser) -> None:
    spent_ms = opened.run(
        "(() => { const began = performance.now();"
        "document.querySelector('[data-sort=id]').click();"
        "return performance.now() - began; })()"
    )
    assert spent_ms < 500
    rows = "document.querySelectorAll('#region-table tbody tr').length"
    assert opened.run(rows) == 25


def test_pages_turn(opened: Browser) -> None:
    opened.click("[data-step=on]")
    assert shown_ids(opened)[0] == f"{25:012x}"
    opened.click("[data-step=last]")
    assert shown_ids(opened)[-1] == f"{REGIONS - 1:012x}"
    pager = "document.querySelector('#region-pager').textContent"
    assert "Page 224 of 224" in opened.run(pager)


def test_a_chosen_region_is_ringed_where_it_is(opened: Browser) -> None:
    opened.click("#region-table tbody tr:nth-child(6) button")
    box = opened.run(
        "(() => { const m = document.querySelector('#locator-mark .mark');"
        "return ['x', 'y', 'width', 'height'].map((n) => Number(m.getAttribute(n)));"
        "})()"
    )
    window = region(5).window
    assert box[0] < window.left
    assert box[1] < window.top
    assert box[0] + box[2] > window.right
    assert box[1] + box[3] > window.bottom
    text = opened.run("document.querySelector('#locator-text').textContent")
    assert text.startswith(f"{5:012x}: loss")


def test_clicking_the_picture_finds_the_region_there(opened: Browser) -> None:
    x, y = opened.middle_of("#locator")
    opened.mouse("mousePressed", x, y)
    opened.mouse("mouseReleased", x, y)
    current = opened.run(
        "document.querySelector('#region-table [aria-current] button').textContent"
    )
    window = region(int(current, 16)).window
    assert abs((window.left + window.right) / 2 - 1200) < 60
    assert abs((window.top + window.bottom) / 2 - 1200) < 60


def test_details_are_shown_pixel_by_pixel(opened: Browser) -> None:
    width = "document.querySelector('.strip img').getBoundingClientRect().width"
    assert opened.run(width) == 240
    opened.click("#detail-zoom input[value='4']")
    assert opened.run(width) == 960


@pytest.mark.parametrize(
    ("width_px", "height_px", "phone"), [(390, 844, True), (3840, 2160, False)]
)
def test_nothing_sticks_out_at_any_width(
    browser: Browser, page: Path, width_px: int, height_px: int, *, phone: bool
) -> None:
    browser.open(page, width_px, height_px, phone=phone)
    assert browser.run("document.documentElement.scrollWidth") == width_px


def test_text_keeps_its_contrast_on_every_surround(opened: Browser) -> None:
    # Relative luminance and contrast as in WCAG 2.2, against the nearest background.
    lowest = """(() => {
      const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
      const parse = (text) => text.match(/[\\d.]+/g).map(Number);
      const ground = (e) => { for (; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] > 0.9) return c; } return [255, 255, 255]; };
      let worst = [99, ''];
      for (const e of document.querySelectorAll('body *')) {
        if (!e.checkVisibility() || e.closest('svg, .corner, select, :disabled')) continue;
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 120)];
      }
      return worst; })()"""  # noqa: E501 -- a script
    opened.click("#tab-difference")
    for surround in ("light", "grey", "dark"):
        opened.run(f"document.documentElement.dataset.surround = '{surround}'")
        opened.run(
            "Promise.all(document.getAnimations().map((a) => a.finished)).then(0)"
        )
        worst = opened.run(lowest)
        assert worst[0] >= 4.5, (surround, worst)


def test_every_control_has_a_name_and_every_picture_a_text(opened: Browser) -> None:
    nameless = opened.run(
        "[...document.querySelectorAll('button, select, input')]"
        ".filter((e) => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim()"
        " || (e.labels && e.labels.length))).map((e) => e.outerHTML)"
    )
    assert nameless == []
    assert opened.run("[...document.images].every((i) => i.hasAttribute('alt'))")
    assert opened.run("document.documentElement.lang") == "en"


def test_a_report_with_nothing_but_a_scan_works(
    browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "scan-only.html"
    bare = dataclasses.replace(
        example(),
        views=ReportViews(scan=picture("Scan", RED, 40)),
        regions=(),
        classes=(),
        details=(),
        figures=(),
        decisions=(),
    )
    page.write_text(render_report(bare), encoding="utf-8")
    browser.open(page, 1440, 900)
    assert browser.complaints() == []
    assert browser.run("document.querySelector('#view-scan img').checkVisibility()")


def test_it_prints_on_a4_with_the_two_pictures_side_by_side(
    opened: Browser, tmp_path: Path
) -> None:
    opened.send("Emulation.setEmulatedMedia", media="print")
    boxes = opened.run(
        "['scan', 'proof'].map((k) => { const b = document"
        ".querySelector(`#view-${k} img`).getBoundingClientRect();"
        "return [b.left, b.top, b.right, b.bottom]; })"
    )
    opened.send("Emulation.setEmulatedMedia", media="")
    scan, proof = boxes
    assert scan[1] == proof[1]
    assert scan[2] < proof[0]
    opened.pdf(tmp_path / "report.pdf")
    with pikepdf.open(tmp_path / "report.pdf") as printed:
        width_pt, height_pt = (float(v) for v in printed.pages[0].mediabox[2:])
        assert abs(width_pt / 72 * 25.4 - 210) < 0.5
        assert abs(height_pt / 72 * 25.4 - 297) < 0.5
        assert 4 <= len(printed.pages) <= 12


def test_without_scripts_everything_needed_is_still_on_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "plain.html"
    page.write_text(
        render_report(dataclasses.replace(example(), title="Plain")), encoding="utf-8"
    )
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page, 1024, 768)
        browser.screenshot(tmp_path / "plain.png", whole=True)
        tree = browser.send("DOM.getDocument", depth=0)["root"]
        found = browser.send(
            "DOM.querySelectorAll", nodeId=tree["nodeId"], selector=".paper-only tr"
        )
        assert len(found["nodeIds"]) == 101
        box = browser.send("DOM.getBoxModel", nodeId=found["nodeIds"][50])
        assert box["model"]["height"] > 10
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
