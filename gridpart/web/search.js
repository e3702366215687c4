// Search by code or name, by keyboard and mouse.
"use strict";

const MOST_FOUND = 30;

const SEARCHED = [
  ...PLAN.levels.flatMap((level, l) => level.code.map((code, i) => ({
    text: `${code} ${level.name[i]}`.toLowerCase(), grid: { level: l, i }, unit: null,
    name: level.name[i] || code, code, what: () => inLang(level.title),
  }))),
  ...PLAN.units.id.map((id, u) => ({
    text: unitText(u).toLowerCase(), grid: null, unit: u,
    name: (PLAN.units.name && PLAN.units.name[u]) || id, code: id, what: () => say("unit"),
  })),
];

function find(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const whole = words.join(" ");
  const rank = (entry) => (entry.code.toLowerCase() === whole || entry.name.toLowerCase() === whole ? 0 : entry.text.startsWith(whole) ? 1 : 2);
  const found = SEARCHED.filter((entry) => words.every((word) => entry.text.includes(word)));
  return found.map((entry) => [rank(entry), entry]).sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}

// A unit is shown in its grid of the level on the map, or in the finest one that has it.
function gridOfUnit(u) {
  const levels = [state.level, ...PLAN.levels.keys()].filter((l) => PLAN.units.grids[PLAN.levels[l].id][u] >= 0);
  const l = levels.length && levels[0] === state.level ? state.level : levels.at(-1);
  return l === undefined ? null : { level: l, i: PLAN.units.grids[PLAN.levels[l].id][u] };
}

function pick(entry) {
  const grid = entry.grid || gridOfUnit(entry.unit);
  if (grid) choose(grid, { unit: entry.unit, zoom: true });
}

function drawSearch() {
  const list = el("ul", { id: "found", role: "listbox", "aria-label": say("search"), hidden: true });
  const told = el("p", { id: "told", role: "status" });
  let found = [];
  let at = -1;
  const mark = (k) => {
    at = k;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === k)));
    if (k >= 0) list.children[k].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", k >= 0 ? `found-${k}` : "");
  };
  const close = () => {
    list.hidden = true;
    told.textContent = "";
    input.setAttribute("aria-expanded", "false");
  };
  const take = (k) => {
    close();
    pick(found[k]);
  };
  const look = () => {
    const all = find(input.value);
    found = all.slice(0, MOST_FOUND);
    list.replaceChildren(...found.map((entry, k) => el("li", { id: `found-${k}`, role: "option", "aria-selected": "false", onclick: () => take(k) },
      named(entry.name), el("small", {}, ` ${entry.what()} · `, named(entry.code)))));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    const more = all.length > found.length ? `, ${say("more_matches", { n: MOST_FOUND })}` : "";
    told.textContent = !input.value.trim() ? "" : all.length ? say("matches", { n: plainNumber(all.length) }) + more : say("no_match");
    mark(found.length ? 0 : -1);
  };
  const keys = (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) take(at);
    else if (event.key === "ArrowDown" && found.length) mark((at + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length) mark((at - 1 + found.length) % found.length);
    else return;
    event.preventDefault();
  };
  const input = el("input", {
    type: "search", id: "query", role: "combobox", autocomplete: "off", placeholder: say("search_hint"),
    "aria-label": `${say("search")}: ${say("search_hint")}`, "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list",
    oninput: look, onkeydown: keys,
  });
  show("search", input, list, told);
}
