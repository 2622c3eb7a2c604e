"use strict";
// Behaviour of the treatment report. Everything is set as text, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const thousands = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const whole = (number) => thousands(String(Math.round(number)));
  const area = (mm2) => {
    if (mm2 >= 100) return whole(mm2);
    if (mm2 >= 1) return mm2.toFixed(1);
    if (mm2 === 0) return "0";
    return mm2 < 0.001 ? "< 0.001" : String(Number(mm2.toPrecision(2)));
  };

  // Each picture is embedded once; other places borrow it.
  const scan = document.querySelector("#view-scan img");
  for (const copy of document.querySelectorAll("img[data-copy]")) copy.src = scan.src;
  document.documentElement.style.setProperty("--ratio",
    scan.getAttribute("width") / scan.getAttribute("height"));

  // Surround of the pictures.
  for (const choice of document.querySelectorAll("input[name=surround]")) {
    choice.checked = choice.value === "grey"; // browsers may restore an old choice
    choice.addEventListener("change", () => {
      document.documentElement.dataset.surround = choice.value;
    });
  }

  // Views and the divide between before and after.
  const stage = byId("stage");
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const left = byId("choose-left");
  const right = byId("choose-right");
  const divider = byId("divider");

  const layOut = (view) => {
    const comparing = view === "compare";
    stage.dataset.mode = comparing ? "compare" : "single";
    for (const figure of stage.querySelectorAll(".view")) {
      const key = figure.id.slice("view-".length);
      const under = comparing && key === left.value;
      const over = comparing && key === right.value;
      figure.classList.toggle("shown", comparing ? under || over : key === view);
      figure.classList.toggle("over", over && !under);
      if (comparing) {
        figure.classList.toggle("print-first", under);
        figure.classList.toggle("print-second", over && !under);
      }
      figure.style.zIndex = over ? 1 : 0;
    }
    if (!divider) return;
    byId("compare-choice").hidden = !comparing;
    if (comparing) {
      byId("corner-left").textContent = left.selectedOptions[0].textContent;
      byId("corner-right").textContent = right.selectedOptions[0].textContent;
    }
  };
  const showTab = (tab) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
    }
    stage.setAttribute("aria-labelledby", tab.id);
    layOut(tab.dataset.view);
  };
  const stepKeys = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => showTab(tab));
    tab.addEventListener("keydown", (event) => {
      let next = null;
      if (event.key in stepKeys) next = (index + stepKeys[event.key] + tabs.length) % tabs.length;
      if (event.key === "Home") next = 0;
      if (event.key === "End") next = tabs.length - 1;
      if (next === null) return;
      event.preventDefault();
      showTab(tabs[next]);
      tabs[next].focus();
    });
  });

  if (divider) {
    let split = 50;
    const divide = (percent) => {
      split = Math.min(100, Math.max(0, percent));
      stage.style.setProperty("--split", `${split}%`);
      const shown = Math.round(split);
      divider.setAttribute("aria-valuenow", String(shown));
      divider.setAttribute("aria-valuetext",
        `${shown} % ${left.selectedOptions[0].textContent}, ${100 - shown} % ${right.selectedOptions[0].textContent}`);
      const line = (stage.clientWidth * split) / 100;
      for (const corner of [byId("corner-left"), byId("corner-right")]) {
        corner.style.opacity = 1; // a label stays while all of it is on its own side
        const end = corner.offsetLeft + corner.offsetWidth;
        if (corner.id === "corner-left" ? end > line : corner.offsetLeft < line) corner.style.opacity = 0;
      }
    };
    const follow = (event) => {
      const frame = stage.getBoundingClientRect();
      divide((100 * (event.clientX - frame.left)) / frame.width);
    };
    stage.addEventListener("pointerdown", (event) => {
      if (stage.dataset.mode !== "compare" || event.button !== 0) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      divider.focus({ preventScroll: true, focusVisible: false });
      follow(event);
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) follow(event);
    });
    divider.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 10 : 1;
      const moves = {
        ArrowLeft: split - step, ArrowDown: split - step,
        ArrowRight: split + step, ArrowUp: split + step,
        PageDown: split - 10, PageUp: split + 10, Home: 0, End: 100,
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      divide(moves[event.key]);
    });
    for (const choice of [left, right]) {
      choice.addEventListener("change", () => { layOut("compare"); divide(split); });
    }
    addEventListener("resize", () => divide(split));
    left.value = "scan";
    right.value = [...right.options].find((option) => option.defaultSelected).value;
    divide(50);
  }
  showTab(tabs[0]);
  if (divider) dispatchEvent(new Event("resize"));

  const wall = byId("wall");
  const fullScreen = byId("full-screen");
  if (document.fullscreenEnabled) {
    fullScreen.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else wall.requestFullscreen();
    });
  } else {
    fullScreen.remove();
  }

  // Details at 100, 200 and 400 %.
  const details = byId("details");
  if (details) {
    for (const choice of details.querySelectorAll("input[name=zoom]")) {
      choice.checked = choice.value === "1";
      choice.addEventListener("change", () => {
        details.classList.toggle("zoomed", choice.value !== "1");
        for (const image of details.querySelectorAll(".strip img")) {
          image.style.width = `${image.getAttribute("width") * choice.value}px`;
          image.style.height = `${image.getAttribute("height") * choice.value}px`;
        }
      });
    }
  }

  // Everything is open on paper.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });

  // The list of regions: filtered and sorted as numbers, drawn a page at a time.
  const table = byId("region-table");
  if (!table) return;
  const columns = JSON.parse(byId("region-data").textContent);
  const total = columns.id.length;
  const word = (name, row) => columns[name].words[columns[name].rows[row]];
  const haystack = [];
  const searched = ["class", "origin", "found_by", "seen", "method", "why", "evidence", "decision", "outcome"];
  const textOf = (row) => {
    haystack[row] ??= [columns.id[row], ...searched.map((name) => word(name, row)),
      word("approved", row) === "yes" ? "approved" : "not approved"].join(" ").toLowerCase();
    return haystack[row];
  };
  const PAGE_ROWS = matchMedia("(max-width: 44rem)").matches ? 10 : 25;
  const search = byId("search");
  const filters = [...document.querySelectorAll("[data-filter]")];
  const headings = new Map([...table.querySelectorAll("[data-sort]")].map((button) => [button.dataset.sort, button]));
  const names = new Map([...headings].map(([key, button]) => [key, button.textContent]));
  const body = table.tBodies[0];
  const pager = byId("region-pager");
  const count = byId("region-count");
  let rows = [];
  let page = 0;
  let order = { key: "area", down: true };
  let chosen = -1;

  for (const select of filters) {
    const column = columns[select.dataset.filter];
    const numbers = new Array(column.words.length).fill(0);
    for (const index of column.rows) numbers[index] += 1;
    select.append(new Option("any", ""));
    column.words
      .map((text, index) => ({ text, index }))
      .sort((a, b) => numbers[b.index] - numbers[a.index])
      .forEach(({ text, index }) => {
        select.append(new Option(`${text || "none"} (${whole(numbers[index])})`, String(index)));
      });
  }

  const compareBy = {
    id: (a, b) => (columns.id[a] < columns.id[b] ? -1 : 1),
    area: (a, b) => columns.area[a] - columns.area[b],
    confidence: (a, b) => columns.confidence[a] - columns.confidence[b],
  };
  const ranks = {};
  const comparison = (key) => {
    if (compareBy[key]) return compareBy[key];
    if (!ranks[key]) {
      const { words } = columns[key];
      const sorted = [...words].sort();
      ranks[key] = words.map((text) => sorted.indexOf(text));
    }
    return (a, b) => ranks[key][columns[key].rows[a]] - ranks[key][columns[key].rows[b]];
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
    page = Math.min(Math.max(0, page), pages - 1);
    const first = page * PAGE_ROWS;
    const shown = rows.slice(first, first + PAGE_ROWS);
    body.replaceChildren(...shown.map(drawRow));
    if (!shown.length) {
      const cell = make("td", "No region matches.", "empty");
      cell.colSpan = headings.size;
      const row = make("tr");
      row.append(cell);
      body.append(row);
    }
    count.textContent = rows.length
      ? `${whole(rows.length)}${rows.length < total ? ` of ${whole(total)}` : ""} ${total === 1 ? "region" : "regions"}, ${whole(first + 1)} to ${whole(first + shown.length)} shown`
      : `0 of ${whole(total)} regions`;
    for (const [key, button] of headings) {
      if (key === order.key) button.parentElement.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else button.parentElement.removeAttribute("aria-sort");
    }
    drawPager(pages);
  };
  const drawRow = (row) => {
    const line = make("tr");
    line.dataset.row = row;
    if (row === chosen) line.setAttribute("aria-current", "true");
    const head = make("th", undefined, "code");
    head.scope = "row";
    head.dataset.label = names.get("id");
    const button = make("button", columns.id[row]);
    button.type = "button";
    head.append(button);
    line.append(head);
    const kind = make("td");
    kind.append(make("span", undefined, `swatch swatch-${word("swatch", row)}`), word("class", row));
    kind.className = "kind";
    const worded = (text) => (text ? make("td", text) : make("td", "–", "none"));
    const approved = word("approved", row) === "yes" ? "approved" : "";
    const method = worded(word("method", row));
    if (word("why", row)) method.append(make("small", word("why", row), "why"));
    const finder = worded(word("found_by", row));
    if (word("seen", row)) finder.append(make("small", word("seen", row), "why"));
    const cells = [
      ["class", kind],
      ["area", make("td", area(columns.area[row]), "number")],
      ["confidence", make("td", columns.confidence[row].toFixed(2), "number")],
      ["found_by", finder],
      ["method", method],
      ["evidence", worded(word("evidence", row))],
      ["decision", worded(word("decision", row) || approved)],
      ["outcome", make("td", word("outcome", row))],
    ];
    for (const [key, cell] of cells) {
      cell.dataset.label = names.get(key);
      if (key === "class") {
        const text = make("span");
        text.append(...cell.childNodes);
        cell.append(text);
      }
      line.append(cell);
    }
    return line;
  };
  const drawPager = (pages) => {
    const focused = document.activeElement && document.activeElement.dataset.step;
    const button = (step, text, name, target) => {
      const element = make("button", text);
      element.type = "button";
      element.dataset.step = step;
      element.setAttribute("aria-label", name);
      element.disabled = target < 0 || target >= pages || target === page;
      element.addEventListener("click", () => { page = target; draw(); });
      return element;
    };
    pager.hidden = pages === 1;
    pager.replaceChildren(
      button("first", "«", "First page", 0),
      button("back", "‹", "Page before", page - 1),
      make("span", `Page ${whole(page + 1)} of ${whole(pages)}`),
      button("on", "›", "Next page", page + 1),
      button("last", "»", "Last page", pages - 1));
    if (focused) {
      const again = pager.querySelector(`[data-step="${focused}"]:not(:disabled)`) || pager.querySelector("button:not(:disabled)");
      if (again) again.focus();
    }
  };
  const select = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = filters.filter((one) => one.value !== "")
      .map((one) => [columns[one.dataset.filter].rows, Number(one.value)]);
    rows = [];
    for (let row = 0; row < total; row += 1) {
      if (wanted.every(([list, value]) => list[row] === value)
        && terms.every((term) => textOf(row).includes(term))) rows.push(row);
    }
    const compare = comparison(order.key);
    rows.sort((a, b) => (order.down ? compare(b, a) : compare(a, b)) || a - b);
    page = 0;
    draw();
  };

  // Where a region is.
  const mark = byId("locator-mark");
  const locator = byId("locator");
  const place = byId("locator-text");
  const SVG = "http://www.w3.org/2000/svg";
  const [, , scanWidth, scanHeight] = mark.getAttribute("viewBox").split(" ").map(Number);
  const rectangle = (className, [x, y, x1, y1]) => {
    const element = document.createElementNS(SVG, "rect");
    element.setAttribute("class", className);
    element.setAttribute("x", x);
    element.setAttribute("y", y);
    element.setAttribute("width", x1 - x);
    element.setAttribute("height", y1 - y);
    return element;
  };
  const choose = (row) => {
    chosen = row;
    const [x, y, x1, y1] = columns.box[row];
    // The box stands clear of the region and can be seen however small that is.
    const least = Math.max(scanWidth, scanHeight) / 26;
    const grow = (low, high) => {
      const more = Math.max(least / 5, (least - (high - low)) / 2);
      return [low - more, high + more];
    };
    const [wx, wx1] = grow(x, x1);
    const [wy, wy1] = grow(y, y1);
    const wide = [wx, wy, wx1, wy1];
    mark.replaceChildren(rectangle("mark-under", wide), rectangle("mark", wide));
    place.textContent = `${columns.id[row]}: ${word("class", row)}, ${area(columns.area[row])} mm²; `
      + `scan pixels ${whole(x)}–${whole(x1)} across, ${whole(y)}–${whole(y1)} down.`;
    for (const line of body.rows) {
      if (Number(line.dataset.row) === row) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  };
  body.addEventListener("click", (event) => {
    const line = event.target.closest("tr[data-row]");
    if (line) choose(Number(line.dataset.row));
  });
  // Find the smallest region under (or within a finger's width of) the place clicked.
  locator.addEventListener("click", (event) => {
    const frame = locator.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * scanWidth;
    const y = ((event.clientY - frame.top) / frame.height) * scanHeight;
    const slack = (scanWidth / frame.width) * 8;
    let best = -1;
    let bestScore = Infinity;
    columns.box.forEach(([x0, y0, x1, y1], row) => {
      const away = Math.hypot(Math.max(x0 - x, 0, x - x1), Math.max(y0 - y, 0, y - y1));
      if (away > slack) return;
      const score = away * 1e9 + columns.area[row];
      if (score < bestScore) { bestScore = score; best = row; }
    });
    if (best < 0) { place.textContent = "No region is mapped there."; return; }
    let at = rows.indexOf(best);
    if (at < 0) { byId("filters").reset(); select(); at = rows.indexOf(best); }
    page = Math.floor(at / PAGE_ROWS);
    chosen = best;
    draw();
    choose(best);
  });

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(select, 60);
  });
  for (const one of filters) one.addEventListener("change", select);
  byId("filters").addEventListener("submit", (event) => { event.preventDefault(); select(); });
  byId("filters").addEventListener("reset", () => { setTimeout(select); });
  for (const [key, button] of headings) {
    button.addEventListener("click", () => {
      const downFirst = key === "area" || key === "confidence";
      order = { key, down: order.key === key ? !order.down : downFirst };
      select();
    });
  }
  byId("filters").reset();
  select();
})();
