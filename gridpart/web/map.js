// The map: grids to click, what lies around them, and the legend.
"use strict";

const PANES = ["grids", "units", "streets", "exclusive", "communities", "barriers", "breaches", "points", "chosen", "labels"];
const LINES = {
  streets: { color: "#6f6f6f", weight: 0.8 },
  communities: { color: "#111", weight: 2.4, fill: false },
  barriers: { color: "#3f78ad", weight: 2.6 },
};
const POINTS = {
  stations: { color: "#fff", fillColor: "#146c43", radius: 6 },
  crossings: { color: "#222", fillColor: "#fff", radius: 4 },
  proposed: { color: "#fff", fillColor: "#b35900", radius: 6 },
};

let map;
const renderers = {};
const gridLayers = new Map(); // level -> { group, shapes }
const otherLayers = new Map(); // name -> Leaflet layer
let chosenLayer;
let hatch;

function latLngs(rings) {
  return rings.map((ring) => corners(ring).map(([x, y]) => [y * STEP, x * STEP]));
}

// An outline narrower than a step, and a point, have one corner only.
function isPoint(rings) {
  return rings.length > 0 && rings.every((ring) => ring.length === 2);
}

function shapeLayer(rings, style, areal = true) {
  if (!rings.length) return null;
  const places = latLngs(rings);
  if (isPoint(rings)) {
    return L.featureGroup(places.map(([at]) => L.circleMarker(at, { radius: 4, ...style })));
  }
  const options = { smoothFactor: 0, noClip: false, ...style };
  return areal ? L.polygon(places, options) : L.polyline(places, options);
}

function makeHatch() {
  const tile = el("canvas", { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.strokeStyle = RED;
  pen.lineWidth = 1.2;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat");
}

function startMap() {
  map = L.map("map", {
    crs: L.CRS.Simple, minZoom: -12, maxZoom: 5, zoomSnap: 0.25, zoomDelta: 1,
    attributionControl: false, zoomControl: true, preferCanvas: true, wheelPxPerZoomLevel: 90,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  PANES.forEach((name, k) => {
    const pane = map.createPane(name);
    pane.style.zIndex = 400 + 10 * k;
    if (name !== "grids") pane.style.pointerEvents = "none";
    renderers[name] = L.canvas({ pane: name, padding: 0.2 });
  });
  hatch = makeHatch();
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  wholeMap();
  map.on("click", (event) => {
    if (!event.propagatedFrom && !event.fromGrid) choose(null);
  });
  drawGrids();
  for (const name of state.layers) toggleLayer(name, true);
  onChange(["level"], drawGrids);
  onChange(["column"], recolor);
  onChange(["grid", "unit"], drawChosen);
}

function wholeMap() {
  const { width, height } = PLAN.lattice;
  map.fitBounds([[0, 0], [height * STEP, width * STEP]], { animate: false, padding: [8, 8] });
}

function gridStyle(l, i, colors) {
  return { renderer: renderers.grids, pane: "grids", color: "#3c3c3c", weight: 0.9, fillColor: colors.color(i), fillOpacity: 0.92 };
}

function drawGrids() {
  for (const { group } of gridLayers.values()) group.remove();
  if (!gridLayers.has(state.level)) gridLayers.set(state.level, makeGrids(state.level));
  const { group } = gridLayers.get(state.level);
  recolor();
  group.addTo(map);
  for (const name of ["breaches", "exclusive"]) {
    if (!state.layers.has(name)) continue;
    toggleLayer(name, false);
    toggleLayer(name, true);
  }
  if (otherLayers.has("labels")) otherLayers.get("labels").draw();
  drawChosen({});
}

function makeGrids(l) {
  const colors = coloring(l, state.column);
  const shapes = PLAN.levels[l].shapes.map((rings, i) => {
    const layer = shapeLayer(rings, gridStyle(l, i, colors));
    if (layer) layer.on("click", (event) => clickGrid(event, { level: l, i }));
    return layer;
  });
  return { group: L.layerGroup(shapes.filter(Boolean)), shapes };
}

function clickGrid(event, grid) {
  event.originalEvent.stopPropagation();
  L.DomEvent.stopPropagation(event);
  const x = event.latlng.lng / STEP;
  const y = event.latlng.lat / STEP;
  const sites = PLAN.levels[EXCLUSIVE].shapes;
  const site = state.layers.has("exclusive") ? sites.findIndex((rings) => holds(rings, x, y)) : -1;
  const chosen = site >= 0 ? { level: EXCLUSIVE, i: site } : grid;
  const units = state.layers.has("units") ? UNITS_OF[chosen.level][chosen.i] : [];
  choose(chosen, { unit: units.find((u) => holds(PLAN.units.shapes[u], x, y)) ?? null });
}

function recolor() {
  const colors = coloring(state.level, state.column);
  const made = gridLayers.get(state.level);
  made.shapes.forEach((layer, i) => layer && layer.setStyle({ fillColor: colors.color(i) }));
  drawLegend(colors);
}

// --- what lies around the grids ---

function makeLayer(name) {
  const style = { renderer: renderers[name] || renderers.points, interactive: false, pane: renderers[name] ? name : "points" };
  if (name === "labels") return new LabelLayer();
  if (name === "exclusive") {
    const look = { color: "#6b2a80", weight: 1.4, fillColor: "#ffffff", fillOpacity: 0.75, dashArray: "5 3" };
    return L.layerGroup(PLAN.levels[EXCLUSIVE].shapes.map((s) => shapeLayer(s, { ...style, ...look })).filter(Boolean));
  }
  if (name === "breaches") return makeBreaches(style);
  if (name === "units") {
    const look = { color: "#4a4a4a", weight: 0.5, fill: !PLAN.units.tiles, fillColor: "#4a4a4a", fillOpacity: 0.28, radius: 2 };
    return L.layerGroup(PLAN.units.shapes.map((s) => shapeLayer(s, { ...style, ...look })).filter(Boolean));
  }
  const { shapes, kinds } = PLAN.context[name];
  if (POINTS[name]) {
    const look = { weight: 1.5, fillOpacity: 1, ...POINTS[name] };
    return L.layerGroup(shapes.map((s) => shapeLayer(s, { ...style, ...look })).filter(Boolean));
  }
  const areal = name === "communities";
  return L.layerGroup(
    shapes.map((s, k) => {
      const rail = kinds && kinds[k] === "railway";
      const look = rail ? { color: "#222", dashArray: "7 5" } : {};
      return shapeLayer(s, { ...style, ...LINES[name], ...look }, areal);
    }).filter(Boolean),
  );
}

function makeBreaches(style) {
  const marks = [];
  PLAN.levels[state.level].shapes.forEach((rings, i) => {
    const kind = standing(state.level, i);
    if (!kind) return;
    const look = kind === "hard" ? { fillColor: hatch, fillOpacity: 0.85, weight: 2.6 } : { fill: false, weight: 1.8, dashArray: "3 4" };
    marks.push(shapeLayer(rings, { ...style, color: RED, ...look }));
  });
  return L.layerGroup(marks.filter(Boolean));
}

function toggleLayer(name, on) {
  const remade = name === "breaches"; // its grids are those of the level
  if (otherLayers.has(name)) otherLayers.get(name).remove();
  if (!on) {
    if (remade) otherLayers.delete(name);
    return;
  }
  if (!otherLayers.has(name)) otherLayers.set(name, makeLayer(name));
  otherLayers.get(name).addTo(map);
}

function layerNames() {
  const some = (name) => PLAN.context[name] && PLAN.context[name].shapes.length > 0;
  const names = ["labels", "breaches"];
  if (PLAN.levels[EXCLUSIVE].code.length) names.push("exclusive");
  if (PLAN.units.id.length) names.push("units");
  return [...names, ...["communities", "streets", "barriers", "crossings", "stations", "proposed"].filter(some)];
}

// --- what is chosen ---

function drawChosen(patch) {
  if (chosenLayer) chosenLayer.remove();
  chosenLayer = null;
  if (!state.grid) return;
  const style = { renderer: renderers.chosen, pane: "chosen", interactive: false };
  const rings = PLAN.levels[state.grid.level].shapes[state.grid.i];
  const parts = [
    shapeLayer(rings, { ...style, color: "#fff", weight: 7, fill: false }),
    shapeLayer(rings, { ...style, color: "#0b57d0", weight: 3.5, fill: false }),
  ];
  if (state.unit !== null) {
    const unit = PLAN.units.shapes[state.unit];
    parts.push(shapeLayer(unit, { ...style, color: "#0b57d0", weight: 2, fillColor: "#0b57d0", fillOpacity: 0.5, radius: 6 }));
  }
  chosenLayer = L.layerGroup(parts.filter(Boolean)).addTo(map);
  const [left, bottom, right, top] = boxOf(rings);
  const bounds = L.latLngBounds([bottom * STEP, left * STEP], [top * STEP, right * STEP]);
  if (patch.zoom && Number.isFinite(left)) {
    map.fitBounds(bounds.pad(0.6), { maxZoom: 0.5, animate: false });
  }
}

// --- legend ---

function drawLegend(colors) {
  let box = document.getElementById("legend");
  if (!box) {
    box = el("div", { id: "legend" });
    map.getContainer().append(box);
    L.DomEvent.disableClickPropagation(box);
  }
  const column = COLUMN.get(state.column);
  const rows = colors.legend.map((entry) => {
    const patch = el("i", { class: "patch" });
    patch.style.background = entry.color;
    return el("div", {}, patch, entry.text, el("small", {}, ` (${plainNumber(entry.count)})`));
  });
  const own = PLAN.levels[state.level].code.map((_, i) => standing(state.level, i));
  for (const [kind, key] of [["hard", "breach_mark"], ["soft", "soft_mark"]]) {
    const n = own.filter((found) => found === kind).length;
    if (n) rows.push(el("div", {}, el("i", { class: `patch ${kind}` }), say(key), el("small", {}, ` (${plainNumber(n)})`)));
  }
  box.replaceChildren(...[column && el("b", {}, inLang(column)), ...rows].filter(Boolean));
  box.hidden = rows.length === 0;
}
