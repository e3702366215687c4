// Head, tools, and the sections in words: summary, breaches, notes, rules, sources.
"use strict";

function drawHead() {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  document.title = inLang(PLAN.title);
  document.getElementById("skip").textContent = say("skip");
  show("head",
    el("div", {}, el("h1", {}, named(inLang(PLAN.title))), el("p", {}, named(PLAN.rules.title), ` (${PLAN.rules.id})`)),
    el("p", { class: `verdict ${PLAN.verdict_kind}` }, inLang(PLAN.verdict)),
    el("div", { class: "bar screen" },
      el("button", { id: "language", lang: state.lang === "zh" ? "en" : "zh-CN", onclick: () => change({ lang: state.lang === "zh" ? "en" : "zh" }) }, say("language")),
      el("button", { id: "print", onclick: () => window.print() }, say("print"))),
    inLang(PLAN.estimated) && el("p", { class: "estimated" }, `! ${inLang(PLAN.estimated)}`));
}

function drawTools() {
  const levels = PLAN.levels.slice(0, EXCLUSIVE).map((level, l) => el("button", {
    "aria-pressed": String(l === state.level), "data-level": level.id, onclick: () => change({ level: l }),
  }, named(inLang(level.title)), el("small", {}, ` ${plainNumber(level.code.length)}`)));
  const columns = [el("option", { value: "" }, say("by_grid")),
    ...columnsOf(PLAN.levels[state.level]).map((c) => el("option", { value: c.key, selected: c.key === state.column }, inLang(c)))];
  const layers = layerNames().map((name) => el("label", {}, el("input", {
    type: "checkbox", "data-layer": name, checked: state.layers.has(name),
    onchange: (event) => {
      if (event.target.checked) state.layers.add(name);
      else state.layers.delete(name);
      toggleLayer(name, event.target.checked);
    },
  }), say(name)));
  const tools = document.getElementById("tools");
  tools.setAttribute("aria-label", say("show"));
  document.getElementById("map").setAttribute("aria-label", say("map"));
  tools.replaceChildren(
    el("div", { role: "group", "aria-label": say("level"), class: "levels" }, levels),
    el("label", {}, `${say("color")} `, el("select", { id: "column", onchange: (event) => change({ column: event.target.value }) }, columns)),
    el("div", { role: "group", "aria-label": say("show"), class: "layers" }, layers),
    el("button", { id: "whole", onclick: wholeMap }, say("whole")));
}

function drawSummary() {
  const measures = [...new Set(PLAN.summary.flatMap((level) => Object.keys(level.totals)))];
  const title = (id) => inLang(PLAN.levels.find((level) => level.id === id)?.title ?? { zh: id, en: id });
  const cell = (value) => el("td", { class: "number" }, value);
  const rows = PLAN.summary.map((level) => el("tr", {}, el("th", { scope: "row" }, named(title(level.level))),
    cell(plainNumber(level.n_grids)), measures.map((m) => cell(plainNumber(level.totals[m]))),
    cell(plainNumber(level.n_in_range)), cell(plainNumber(level.cv, 3)), cell(plainNumber(level.max_min, 2)),
    cell(plainNumber(level.polsby_popper, 2)), cell(plainNumber(level.walk_mean_m))));
  const sites = PLAN.levels[EXCLUSIVE];
  if (sites.code.length) rows.push(el("tr", {}, el("th", { scope: "row" }, named(inLang(sites.title))), cell(plainNumber(sites.code.length)), el("td", { colspan: measures.length + 5 })));
  const named_ = (key) => inLang(COLUMN.get(key) ?? { zh: key, en: key });
  const heads = [say("level"), say("n_grids"), ...measures.map(named_), say("n_in_range"), say("cv"), say("max_min"), named_("polsby_popper"), `${named_("walk_mean_m")} (m)`];
  show("summary", el("h2", {}, say("summary")), table(heads, rows, say("summary")));
}

// The first rows, and a button for the rest; print shows whatever is shown.
function openList(items, draw) {
  const body = el("tbody", {}, items.slice(0, MANY).map(draw));
  const more = items.length > MANY && el("button", { class: "more", onclick: (event) => {
    body.append(...items.slice(MANY).map(draw));
    event.target.remove();
  } }, say("show_all", { n: plainNumber(items.length) }));
  return [body, more];
}

function listed(heads, items, draw) {
  const [body, more] = openList(items, draw);
  return [el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, heads.map((h) => el("th", { scope: "col" }, h)))), body)), more];
}

function instead(breach) {
  const text = breach.alternative[state.lang];
  return text && el("small", { class: "block" }, named(say("instead", { text })));
}

function drawBreaches() {
  const order = (b) => (!b.hard ? 2 : b.proven ? 1 : 0);
  const items = [...PLAN.breaches].sort((a, b) => order(a) - order(b));
  const draw = (breach) => {
    const grid = GRID_OF_CODE.get(`${breach.level} ${breach.grid}`);
    const kind = !breach.hard ? "soft" : breach.proven ? "proven" : "unproven";
    return el("tr", {}, el("th", { scope: "row" }, grid ? gridButton(grid, breach.grid) : named(breach.grid)),
      el("td", { class: kind }, say(kind)), el("td", { class: "long" }, named(breach[state.lang]), instead(breach)), el("td", { class: "long" }, named(breach.clause[state.lang])));
  };
  const checks = PLAN.checks.map((c) => el("tr", { class: c.ok ? null : "hard" }, el("th", { scope: "row" }, c[state.lang]), el("td", {}, named(c.level)), el("td", {}, say(c.ok ? "ok" : "failed")), el("td", { class: "long" }, named(c.detail[state.lang]))));
  show("breaches", el("h2", {}, `${say("breaches")} (${plainNumber(items.length)})`),
    items.length ? listed([say("grid"), say("proof"), say("what"), say("clause")], items, draw) : el("p", {}, say("no_breaches")),
    checks.length > 0 && el("details", {}, el("summary", {}, `${say("checks")} (${checks.length})`), table([say("checks"), say("level"), "", say("what")], checks, say("checks"))));
}

function drawNotes() {
  const draw = (note) => el("tr", {}, el("th", { scope: "row" }, note[state.lang]), el("td", { class: "long" }, named(inLang(note.what))));
  show("notes", el("h2", {}, `${say("notes")} (${plainNumber(PLAN.notes.length)})`),
    PLAN.notes.length ? listed([say("kind"), say("what")], PLAN.notes, draw) : el("p", {}, say("no_notes")));
}

function drawRules() {
  const what = (row) => [row.what.key && say(row.what.key), row.what[state.lang]].filter(Boolean).join(": ");
  const rows = PLAN.rules.rows.map((row) => el("tr", {},
    el("th", { scope: "row" }, row.level ? named(inLang(row.level)) : ""), el("td", {}, row.area && say(row.area)), el("td", {}, named(what(row))),
    el("td", { class: "nowrap" }, named(row.value)), el("td", {}, row.hard === null ? "" : say(row.hard ? "hard" : "soft")), el("td", {}, say(row.label)), el("td", { class: "long" }, named(row.clause[state.lang]))));
  show("rules", el("h2", {}, say("rules"), ": ", named(PLAN.rules.title)),
    table([say("level"), say("area_type"), say("rule"), say("value"), say("hard"), say("support"), say("clause")], rows, say("rules")),
    PLAN.rules.toml && el("details", { class: "screen" }, el("summary", {}, say("whole_rules")), el("pre", { tabindex: "0" }, PLAN.rules.toml)));
}

function drawSources() {
  const items = PLAN.rules.sources.map((s) => el("li", {}, el("code", {}, named(s.id)), " ", named([s.issuer[state.lang], s.title[state.lang], s.date].filter(Boolean).join(", ")), " ",
    s.url && (s.is_link ? el("a", { href: s.url, rel: "noreferrer noopener", target: "_blank" }, s.url) : named(s.url))));
  const { run } = PLAN;
  show("sources", el("h2", {}, say("sources")), el("ul", {}, items),
    el("dl", {}, fact(say("data"), named(PLAN.name), ` (${say("source_hash")} `, el("code", {}, run.source_hash), ")"), fact(say("crs"), named(run.crs)),
      fact(say("run"), `gridpart ${run.version}, ${say("seed")} ${run.seed}, ${say("stopped_by")}: ${inLang(run.stopped_by)}`)));
  show("foot", el("p", {}, say("simplified", { m: PLAN.lattice.tolerance })), el("p", {}, say("made_with", { version: run.version })));
}
