// What only paper shows: the map of the level as lines and areas, and every row of the ledger.
"use strict";

function pathOf(rings, closed = true) {
  const { height } = PLAN.lattice;
  const draw = (ring) => corners(ring).map(([x, y], k) => `${k ? "L" : "M"}${x} ${height - y}`).join("");
  return rings.filter((ring) => ring.length > 2).map((ring) => draw(ring) + (closed ? "Z" : "")).join("");
}

function drawPaper() {
  const { width, height } = PLAN.lattice;
  const level = PLAN.levels[state.level];
  const colors = coloring(state.level, state.column);
  const pixel = Math.max(width, height * 0.75) / 700;
  const line = (rings, attributes, closed) => rings.length > 0 && svg("path", { d: pathOf(rings, closed), fill: "none", ...attributes });
  const layer = (name) => (state.layers.has(name) && PLAN.context[name] ? PLAN.context[name].shapes : []);
  const grids = level.shapes.map((rings, i) => svg("path", { d: pathOf(rings), fill: colors.color(i), "fill-rule": "evenodd", stroke: "#333", "stroke-width": 0.8 * pixel }));
  const marks = level.shapes.map((rings, i) => {
    const kind = standing(state.level, i);
    return kind && line(rings, { stroke: RED, "stroke-width": (kind === "hard" ? 2.4 : 1.6) * pixel, fill: kind === "hard" ? "url(#hatch)" : "none", "fill-rule": "evenodd", "stroke-dasharray": kind === "hard" ? null : `${3 * pixel} ${4 * pixel}` });
  });
  const isFree = freeSpots();
  const texts = spotsOf(state.level).map((spot, i) => {
    const text = level.label[i].slice(0, 12);
    const wide = [...text].reduce((sum, c) => sum + (c > "\u2e80" ? 9 : 5.2), 0) * pixel;
    return spot.room > wide && isFree(spot.x, spot.y, wide + 3 * pixel, 11 * pixel) && svg("text", { x: spot.x, y: height - spot.y, "font-size": 8.5 * pixel, "text-anchor": "middle", "dominant-baseline": "central", class: "label", "stroke-width": 2 * pixel }, text);
  });
  const size = 6 * pixel;
  const pattern = svg("pattern", { id: "hatch", width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("path", { d: `M0 0V${size}`, stroke: RED, "stroke-width": 1.4 * pixel }));
  const drawing = svg("svg", { viewBox: `${-4 * pixel} ${-4 * pixel} ${width + 8 * pixel} ${height + 8 * pixel}`, role: "img" },
    svg("defs", {}, pattern), grids,
    layer("streets").map((s) => line(s, { stroke: "#777", "stroke-width": 0.6 * pixel }, false)),
    state.layers.has("breaches") && marks,
    state.layers.has("exclusive") && PLAN.levels[EXCLUSIVE].shapes.map((s) => line(s, { stroke: "#6b2a80", fill: "#fff", "fill-opacity": 0.75, "stroke-width": 1.4 * pixel })),
    layer("communities").map((s) => line(s, { stroke: "#111", "stroke-width": 2 * pixel })),
    layer("barriers").map((s, k) => line(s, barrierLook(k, pixel), false)),
    state.layers.has("units") && PLAN.units.shapes.map((s) => line(s, { stroke: "#4a4a4a", "stroke-width": 0.4 * pixel })),
    Object.keys(POINTS).flatMap((name) => layer(name).flatMap((s) => dots(s, POINTS[name], pixel))),
    state.layers.has("labels") && texts, scaleBar(pixel));
  const legend = document.getElementById("legend");
  const column = COLUMN.get(state.column);
  show("paper", el("h2", {}, say("print_map", { level: inLang(level.title), measure: column ? inLang(column) : say("by_grid") })), drawing,
    legend && el("div", { class: "legend" }, [...legend.cloneNode(true).children]));
}

function barrierLook(k, pixel) {
  const { kinds } = PLAN.context.barriers;
  const look = { stroke: LINES.barriers.color, "stroke-width": 2 * pixel };
  return kinds && kinds[k] === "railway" ? { ...look, stroke: "#222", "stroke-dasharray": `${5 * pixel} ${4 * pixel}` } : look;
}

function dots(rings, look, pixel) {
  return rings.flatMap(corners).map(([x, y]) => svg("circle", {
    cx: x, cy: PLAN.lattice.height - y, r: 0.6 * look.radius * pixel, fill: look.fillColor, stroke: look.color, "stroke-width": pixel,
  }));
}

function scaleBar(pixel) {
  const { width, height } = PLAN.lattice;
  const target = (width * STEP) / 5;
  const power = 10 ** Math.floor(Math.log10(target));
  const meters = [5, 2, 1].map((v) => v * power).find((v) => v <= target);
  const long = meters / STEP;
  const y = height - 6 * pixel;
  return svg("g", {}, svg("path", { d: `M0 ${y - 4 * pixel}V${y}H${long}V${y - 4 * pixel}`, fill: "none", stroke: "#111", "stroke-width": 1.5 * pixel }),
    svg("text", { x: long / 2, y: y - 5 * pixel, "font-size": 9 * pixel, "text-anchor": "middle", class: "label", "stroke-width": 2 * pixel }, meters < 1000 ? `${meters} m` : `${meters / 1000} km`),
    svg("text", { x: width, y: 14 * pixel, "font-size": 12 * pixel, "text-anchor": "end", class: "label", "stroke-width": 2 * pixel }, `${say("north")} ↑`));
}

function startPaper() {
  window.addEventListener("beforeprint", () => {
    drawPaper();
    drawLedger({ everything: true });
    for (const button of document.querySelectorAll("button.more")) button.click();
  });
  window.addEventListener("afterprint", () => {
    show("paper");
    drawLedger();
  });
}
