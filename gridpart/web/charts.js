// Three charts of the level on the map: size against the range, Lorenz curve, walks.
"use strict";

const BOX = { width: 460, height: 220, left: 52, right: 12, top: 10, bottom: 30 };
const MOST_BARS = 300;

function frame(title, texts, marks, [xLow, xHigh, xName], [yLow, yHigh, yName]) {
  const { width, height, left, right, top, bottom } = BOX;
  const base = height - bottom;
  const axis = [
    svg("path", { d: `M${left} ${top}V${base}H${width - right}`, class: "axis" }),
    svg("text", { x: left - 5, y: base, class: "tick end" }, yLow),
    svg("text", { x: left - 5, y: top + 9, class: "tick end" }, yHigh),
    svg("text", { x: left, y: base + 14, class: "tick" }, xLow),
    svg("text", { x: width - right, y: base + 14, class: "tick end" }, xHigh),
    svg("text", { x: (left + width - right) / 2, y: base + 24, class: "tick middle" }, xName),
    svg("text", { x: 12, y: (top + base) / 2, class: "tick middle", transform: `rotate(-90 12 ${(top + base) / 2})` }, yName),
  ];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${texts.join(" ")}` }, marks, axis);
  return el("figure", {}, el("figcaption", {}, title), drawing, el("p", {}, texts.join(" ")));
}

function scales(xMost, yMost) {
  const { width, height, left, right, top, bottom } = BOX;
  return {
    x: (v) => left + (v / (xMost || 1)) * (width - left - right),
    y: (v) => height - bottom - (v / (yMost || 1)) * (height - top - bottom),
  };
}

function known(values) {
  return (values || []).filter((v) => v !== null && v !== undefined);
}

function nothing(title) {
  return el("figure", {}, el("figcaption", {}, title), el("p", {}, say("chart_none")));
}

function chartLoad(l, column) {
  const level = PLAN.levels[l];
  const isRanged = level.code.some((_, i) => limitsOf(level, i, column.key));
  const title = say(isRanged ? "chart_load" : "chart_size", { measure: inLang(column) });
  const values = level.values[column.key];
  const order = (values ? [...values.keys()] : []).filter((i) => values[i] !== null).sort((a, b) => values[a] - values[b]);
  if (!order.length) return nothing(title);
  const size = Math.ceil(order.length / MOST_BARS);
  const bars = [];
  for (let k = 0; k < order.length; k += size) bars.push(order[Math.min(k + size, order.length) - 1]);
  const ranges = [...new Set(order.map((i) => JSON.stringify(limitsOf(level, i, column.key))))];
  const range = ranges.length === 1 ? JSON.parse(ranges[0]) : null;
  const most = Math.max(values[order.at(-1)], (range && range[1]) || 0);
  const { x, y } = scales(bars.length, most);
  const colors = coloring(l, column.key);
  const band = range && svg("rect", {
    x: x(0), width: x(bars.length) - x(0), y: y(range[1] ?? most), height: y(range[0] ?? 0) - y(range[1] ?? most), class: "band",
  });
  const marks = bars.map((i, k) => svg("rect", {
    x: x(k), width: Math.max(0.6, (x(1) - x(0)) * 0.86), y: y(values[i]), height: y(0) - y(values[i]),
    fill: colors.color(i), class: standing(l, i) === "hard" ? "mark hard" : "mark", onclick: () => choose({ level: l, i }, { zoom: true }),
  }, svg("title", {}, `${level.name[i] || level.code[i]}: ${shown(values[i], column)}`)));
  const lines = range && range.slice(0, 2).filter((v) => v !== null).map((v) => svg("path", { d: `M${x(0)} ${y(v)}H${x(bars.length)}`, class: "limit" }));
  const text = [
    say("chart_load_text", { n: plainNumber(order.length), low: shown(values[order[0]], column), middle: shown(values[order[Math.floor(order.length / 2)]], column), high: shown(values[order.at(-1)], column) }),
    range && say("chart_load_range", { limits: limitsText(range) }), size > 1 && say("chart_binned", { n: size }),
  ];
  return frame(title, text.filter(Boolean), [band, marks, lines], ["", "", say("axis_grids")], ["0", shown(most, column), inLang(column)]);
}

// Twice the area between the curve and the diagonal, for values in ascending order.
function gini(sorted) {
  const sum = sorted.reduce((a, b) => a + b, 0);
  if (!sum) return 0;
  const weighted = sorted.reduce((a, v, k) => a + (k + 1) * v, 0);
  return (2 * weighted) / (sorted.length * sum) - (sorted.length + 1) / sorted.length;
}

function chartLorenz(l) {
  const column = COLUMN.get("workload") || COLUMN.get(PLAN.measure);
  const title = say("chart_lorenz", { measure: column ? inLang(column) : "" });
  const sorted = known(column && PLAN.levels[l].values[column.key]).sort((a, b) => a - b);
  const sum = sorted.reduce((a, b) => a + b, 0);
  if (!sum) return nothing(title);
  const { x, y } = scales(1, 1);
  let path = `M${x(0)} ${y(0)}`;
  let partial = 0;
  sorted.forEach((v, k) => {
    partial += v;
    path += `L${x((k + 1) / sorted.length).toFixed(1)} ${y(partial / sum).toFixed(1)}`;
  });
  const marks = [
    svg("path", { d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}`, class: "even" }),
    svg("path", { d: `${path}L${x(0)} ${y(0)}`, class: "lorenz" }),
  ];
  const told = say("chart_lorenz_text", { gini: gini(sorted).toFixed(3) });
  return frame(title, [told], marks, ["0", "100 %", say("axis_grids")], ["0", "100 %", inLang(column)]);
}

function roundStep(most) {
  const rough = most / 16 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((v) => v * power).find((v) => v >= rough);
}

function chartWalks(l) {
  const level = PLAN.levels[l];
  const column = COLUMN.get(Object.hasOwn(level.values, "walk_max_m") ? "walk_max_m" : "radius_m");
  const title = say("chart_spread", { measure: column ? inLang(column) : say("walk") });
  const values = known(column && level.values[column.key]);
  if (!values.length) return nothing(title);
  const limits = [...new Set(level.area_type.map((area) => level.limits[area] && level.limits[area].radius_m))].filter(Boolean);
  const most = values.reduce((a, b) => Math.max(a, b), limits.length === 1 ? limits[0] : 0);
  const step = roundStep(most);
  const counts = new Array(Math.floor(most / step) + 1).fill(0);
  for (const v of values) counts[Math.floor(v / step)] += 1;
  const high = counts.reduce((a, b) => Math.max(a, b), 0);
  const { x, y } = scales(counts.length * step, high);
  const bars = counts.map((n, k) => svg("rect", { x: x(k * step) + 0.5, width: x(step) - x(0) - 1, y: y(n), height: y(0) - y(n), class: "plain" },
    svg("title", {}, `${plainNumber(k * step)}–${plainNumber((k + 1) * step)} m: ${n}`)));
  const lines = limits.map((v) => svg("path", { d: `M${x(v)} ${y(0)}V${y(high)}`, class: "limit" }));
  const sorted = [...values].sort((a, b) => a - b);
  const text = [
    say("chart_load_text", { n: plainNumber(values.length), low: shown(sorted[0], column), middle: shown(sorted[Math.floor(sorted.length / 2)], column), high: shown(sorted.at(-1), column) }),
    ...limits.map((limit) => say("chart_spread_limit", { limit: `${plainNumber(limit)} m` })),
  ];
  return frame(title, text, [bars, lines], ["0", `${plainNumber(counts.length * step)} m`, inLang(column)], ["0", plainNumber(high), say("axis_grids")]);
}

function drawCharts() {
  const l = state.level;
  const column = COLUMN.get(state.column) || COLUMN.get(PLAN.measure) || PLAN.columns[0];
  show("charts", el("h2", {}, `${say("charts")}: ${inLang(PLAN.levels[l].title)}`),
    el("div", { class: "figures" }, column ? chartLoad(l, column) : null, chartLorenz(l), chartWalks(l)));
}
