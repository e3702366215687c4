// The sheet of the grid that is chosen.
"use strict";

const MANY = 40; // rows of a list that are shown before all are asked for

function gridButton(grid, text) {
  return el("button", { class: "link", onclick: () => choose(grid, { zoom: true }) }, named(text));
}

function fact(name, ...value) {
  return [el("dt", {}, name), el("dd", {}, value)];
}

function drawDetail() {
  if (!state.grid) {
    show("detail", el("p", { class: "hint" }, say("hint")));
    return;
  }
  const { level: l, i } = state.grid;
  const level = PLAN.levels[l];
  show(
    "detail",
    el("div", { class: "bar" },
      el("button", { onclick: () => stepGrid(-1), "aria-label": say("previous") }, "‹"),
      el("button", { onclick: () => stepGrid(1), "aria-label": say("next") }, "›"),
      el("button", { onclick: () => choose(state.grid, { unit: state.unit, zoom: true }) }, say("zoom_to")),
      el("button", { class: "close", onclick: () => choose(null), "aria-label": say("close") }, "×")),
    el("h2", { class: "name" }, named(level.name[i] || level.code[i])),
    el("p", { class: "sub" }, inLang(level.title), " · ", el("code", {}, named(level.code[i]))),
    breachList(l, i),
    unitNote(),
    el("dl", {}, ownFacts(level, l, i), measureFacts(level, i)),
    tablesOf(level.code[i]),
    childList(state.grid),
    unitList(l, i),
  );
}

function stepGrid(by) {
  const { level, i } = state.grid;
  const n = PLAN.levels[level].code.length;
  choose({ level, i: (i + by + n) % n }, { zoom: true });
}

function breachList(l, i) {
  const own = breachesOf(l, i);
  if (!own.length) return null;
  return el("ul", { class: "breaches" }, own.map((breach) => el("li", {}, named(breach[state.lang]), instead(breach),
    breach.clause[state.lang] && el("small", { class: "block" }, named(breach.clause[state.lang])))));
}

function unitNote() {
  if (state.unit === null) return null;
  const units = PLAN.units;
  const u = state.unit;
  const measures = Object.entries(units.values).map(([key, values]) => {
    const column = COLUMN.get(key) || { key, zh: key, en: key, digits: 0, unit: "" };
    return `${inLang(column)} ${shown(values[u], column)}`;
  });
  const parts = [units.kind && units.kind[u], ...measures].filter(Boolean);
  return el("p", { class: "unit" }, `${say("unit")} `, el("b", {}, named(unitText(u))), " · ", named(parts.join(" · ")));
}

function unitText(u) {
  const name = PLAN.units.name && PLAN.units.name[u];
  return name ? `${PLAN.units.id[u]} ${name}` : PLAN.units.id[u];
}

function ownFacts(level, l, i) {
  const facts = [];
  const parent = level.parent[i] && gridByCode(level.parent[i], l);
  if (parent) {
    const above = PLAN.levels[parent.level];
    facts.push(fact(say("parent"), gridButton(parent, above.name[parent.i] || above.code[parent.i])));
  }
  const community = level.community[i];
  if (!level.above) {
    facts.push(fact(say("community"), named(PLAN.communities[community] || community),
      level.area_type[i] && ` (${say(level.area_type[i])})`));
  }
  if (level.kind && level.kind[i]) facts.push(fact(say("kind"), named(level.kind[i])));
  if (level.bounds_text[state.lang][i]) facts.push(fact(say("bounds"), named(level.bounds_text[state.lang][i])));
  if (level.floor_bands && level.floor_bands[i]) facts.push(fact(say("floors"), named(level.floor_bands[i])));
  if (level.nonplanar[i]) facts.push(fact("", say("nonplanar")));
  if (level.walk_from && level.walk_from[i]) {
    facts.push(fact(say("walk"), `${say(`from_${level.walk_from[i]}`)}, ${say(`by_${level.walk_by[i]}`)}`));
  }
  for (const [name, values] of Object.entries(level.texts)) {
    if (values[i]) facts.push(fact(named(name), named(values[i])));
  }
  return facts;
}

function measureFacts(level, i) {
  return columnsOf(level).map((column) => {
    const limits = limitsOf(level, i, column.key);
    const value = level.values[column.key][i];
    const out = limits && value !== null && ((limits[0] !== null && value < limits[0]) || (limits[1] !== null && value > limits[1]));
    const range = limits && el("small", {}, ` ${say("range")} ${limitsText(limits)}`,
      limits[2] !== null && `, ${say("target")} ${plainNumber(limits[2])}`);
    return fact(inLang(column), el("span", { class: out ? "out" : null }, shown(value, column)), range);
  });
}

// Staffing and whatever else the plan says of a grid in a table of its own.
function tablesOf(code) {
  return Object.entries(PLAN.tables).map(([name, found]) => {
    const rows = found.grid.flatMap((grid, k) => (grid === code ? [k] : []));
    if (!rows.length) return null;
    const used = found.columns.map((_, c) => c).filter((c) => rows.some((k) => found.rows[c][k]));
    return el("section", {}, el("h3", {}, say(name)),
      table(used.map((c) => say(found.columns[c])),
        rows.map((k) => el("tr", {}, used.map((c) => el("td", {}, named(toldCell(found, c, k)))))), say(name)));
  });
}

function toldCell(found, c, k) {
  const text = found.rows[c][k];
  return (state.lang === "zh" && found.zh[c][text]) || text;
}

function longList(title, items, draw) {
  if (!items.length) return null;
  const list = el("ul", { class: "items" }, items.slice(0, MANY).map(draw));
  const rest = items.length > MANY && el("button", {
    onclick: (event) => {
      list.append(...items.slice(MANY).map(draw));
      event.target.remove();
    },
  }, say("all_of", { n: plainNumber(items.length) }));
  return el("details", { open: items.length <= MANY }, el("summary", {}, `${title} (${plainNumber(items.length)})`), list, rest);
}

function childList(grid) {
  const draw = (child) => {
    const level = PLAN.levels[child.level];
    const mark = standing(child.level, child.i) === "hard" ? el("span", { class: "out", title: say("breach_mark") }, " ▲") : null;
    return el("li", {}, gridButton(child, level.name[child.i] || level.code[child.i]), mark);
  };
  return longList(say("children"), childrenOf(grid), draw);
}

function unitList(l, i) {
  const values = PLAN.units.values[PLAN.measure];
  const draw = (u) =>
    el("li", {}, el("button", { class: "link", "aria-pressed": String(state.unit === u), onclick: () => change({ unit: u, zoom: false }) }, named(unitText(u))),
      values && el("small", {}, ` ${plainNumber(values[u])}`));
  return longList(say("units"), UNITS_OF[l][i], draw);
}
