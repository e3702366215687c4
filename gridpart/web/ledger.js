// The ledger of one level: sorted by any column, tied to the map both ways.
"use strict";

const ROWS = 50;
const ledger = { sort: "code", down: false, page: 0, level: state.level };

function ledgerColumns(level) {
  const text = (key) => ({ key, title: say(key), value: (i) => level[key][i] });
  const numbers = columnsOf(level).map((column) => ({
    key: column.key, title: column.unit && column.unit !== "%" ? `${inLang(column)} (${column.unit})` : inLang(column),
    value: (i) => level.values[column.key][i],
    text: (value) => shown(value, { ...column, unit: column.unit === "%" ? "%" : "" }), numeric: true,
  }));
  return [text("code"), text("name"), ...numbers, {
    key: "in_range", title: say("in_range"),
    value: (i) => ["", "soft", "hard"].indexOf(standing(ledger.level, i)),
    text: (value) => [say("yes"), say("soft"), say("no")][value],
  }];
}

function compareValues(one, other) {
  const empty = [one, other].map((v) => v === null || v === undefined || v === "");
  if (empty[0] || empty[1]) return empty[0] - empty[1];
  if (typeof one === "number") return one - other;
  return one < other ? -1 : Number(one > other);
}

function ledgerOrder(level) {
  const column = ledgerColumns(level).find((c) => c.key === ledger.sort) || ledgerColumns(level)[0];
  const sign = ledger.down ? -1 : 1;
  return level.code.map((_, i) => i).sort((a, b) => {
    const [one, other] = [column.value(a), column.value(b)];
    const known = [one, other].filter((v) => v !== null && v !== undefined && v !== "").length;
    return (known === 2 ? sign : 1) * compareValues(one, other) || a - b;
  });
}

function drawLedger({ everything = false } = {}) {
  const level = PLAN.levels[ledger.level];
  const columns = ledgerColumns(level);
  const order = ledgerOrder(level);
  const pages = Math.max(1, Math.ceil(order.length / ROWS));
  ledger.page = Math.min(Math.max(0, ledger.page), pages - 1);
  const rows = everything ? order : order.slice(ledger.page * ROWS, (ledger.page + 1) * ROWS);
  const heads = columns.map((column) => el("th", {
    scope: "col", class: column.numeric ? "number" : null,
    "aria-sort": ledger.sort === column.key ? (ledger.down ? "descending" : "ascending") : "none",
  }, el("button", { class: "head", onclick: () => sortLedger(column.key) }, column.title,
    ledger.sort === column.key ? (ledger.down ? " ▼" : " ▲") : "")));
  const turn = (by) => {
    ledger.page += by;
    drawLedger();
  };
  show("ledger",
    el("h2", {}, `${say("ledger")}: ${inLang(level.title)}`),
    el("div", { class: "bar screen" },
      ledgerLevels(),
      el("button", { onclick: () => turn(-1), disabled: ledger.page === 0 }, say("previous")),
      el("span", { role: "status" }, say("page_of", { page: ledger.page + 1, pages, n: plainNumber(order.length) })),
      el("button", { onclick: () => turn(1), disabled: ledger.page >= pages - 1 }, say("next"))),
    el("div", { class: "scroll" }, el("table", {},
      el("caption", { class: "unseen" }, `${inLang(level.title)}, ${say("sort_hint")}`),
      el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, rows.map((i) => ledgerRow(level, columns, i))),
      el("tfoot", {}, el("tr", {}, columns.map((column) => sumCell(level, column)))))));
}

function ledgerLevels() {
  const picks = PLAN.levels.map((level, l) => level.code.length > 0 && el("option", { value: l, selected: l === ledger.level }, inLang(level.title)));
  return el("select", { "aria-label": say("level"), onchange: (event) => {
    const l = Number(event.target.value);
    if (l === EXCLUSIVE) showLedger(l);
    else change({ level: l });
  } }, picks);
}

function showLedger(l) {
  Object.assign(ledger, { level: l, page: 0 });
  drawLedger();
}

function ledgerRow(level, columns, i) {
  const grid = { level: ledger.level, i };
  const kind = standing(ledger.level, i);
  const cells = columns.map((column) => {
    const value = column.value(i);
    const text = column.text ? column.text(value) : value;
    if (column.key === "code") return el("th", { scope: "row" }, el("button", { class: "link", onclick: () => choose(grid, { zoom: true }) }, named(text)));
    return el("td", { class: column.numeric ? "number" : null, title: column.key === "name" ? text : null }, named(text));
  });
  return el("tr", { "data-grid": i, class: kind || null, "aria-current": sameGrid(state.grid, grid) ? "true" : null }, cells);
}

// Counts and loads add up over grids; distances and shares do not.
function sumCell(level, column) {
  if (column.key === "code") return el("th", { scope: "row" }, say("measure_sum"));
  const adds = Object.hasOwn(PLAN.units.values, column.key) || ["n_units", "communities", "area_m2"].includes(column.key);
  if (!column.numeric || !adds) return el("td", {});
  const sum = level.values[column.key].reduce((a, b) => a + (b ?? 0), 0);
  return el("td", { class: "number" }, column.text(sum));
}

function sortLedger(key) {
  Object.assign(ledger, { down: ledger.sort === key && !ledger.down, sort: key, page: 0 });
  drawLedger();
  document.querySelector(`#ledger th[aria-sort]:not([aria-sort=none]) button`).focus();
}

function markChosen() {
  for (const row of document.querySelectorAll("#ledger tbody tr")) {
    const grid = { level: ledger.level, i: Number(row.dataset.grid) };
    if (sameGrid(state.grid, grid)) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// The map and the sheet answer a click first; laying out a table takes longer.
let following = 0;
function followChosen() {
  cancelAnimationFrame(following);
  following = requestAnimationFrame(() => setTimeout(turnToChosen));
}

// Turn to the page of the grid that was chosen on the map, without moving the window.
function turnToChosen() {
  const before = `${ledger.level} ${ledger.page}`;
  if (state.grid) {
    ledger.level = state.grid.level;
    const place = ledgerOrder(PLAN.levels[ledger.level]).indexOf(state.grid.i);
    ledger.page = Math.floor(place / ROWS);
  }
  if (before === `${ledger.level} ${ledger.page}`) markChosen();
  else drawLedger();
  const row = document.querySelector("#ledger tr[aria-current]");
  const box = row && row.closest(".scroll");
  if (box) box.scrollTop = row.offsetTop - box.clientHeight / 2;
}
