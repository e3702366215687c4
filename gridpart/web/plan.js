// The plan as the other scripts see it, what is chosen now, and how that changes.
"use strict";

const PLAN = JSON.parse(document.getElementById("plan").textContent);
const EXCLUSIVE = PLAN.levels.length - 1; // the last level is always that of exclusive grids
const STEP = PLAN.lattice.step;

const state = {
  lang: PLAN.lang === "zh" ? "zh" : "en",
  level: Math.max(0, EXCLUSIVE - 1),
  column: "",
  grid: null, // { level, i }
  unit: null, // number of a unit of that grid
  layers: new Set(["exclusive", "communities", "barriers", "streets", "labels", "breaches"]),
};
const listeners = [];

function onChange(keys, listener) {
  listeners.push([new Set(keys), listener]);
}

function change(patch) {
  const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
  Object.assign(state, patch);
  for (const [keys, listener] of listeners) {
    if (changed.some((key) => keys.has(key))) listener(patch);
  }
}

// --- words and numbers ---

function say(key, values = {}) {
  const words = PLAN.words[state.lang];
  const text = Object.hasOwn(words, key) ? words[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? values[name] : whole,
  );
}

function inLang(texts) {
  return texts[state.lang];
}

function plainNumber(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function shown(value, column) {
  if (value === null || value === undefined) return "–";
  if (column.unit === "%") return `${plainNumber(100 * value, 0)} %`;
  const text = plainNumber(value, column.digits);
  return column.unit ? `${text} ${column.unit}` : text;
}

function limitsText([low, high]) {
  if (low === null) return `≤ ${plainNumber(high)}`;
  return high === null ? `≥ ${plainNumber(low)}` : `${plainNumber(low)}–${plainNumber(high)}`;
}

const COLUMN = new Map(PLAN.columns.map((column) => [column.key, column]));

function columnsOf(level) {
  return PLAN.columns.filter((column) => Object.hasOwn(level.values, column.key));
}

// --- grids ---

const GRID_OF_CODE = new Map();
const CHILDREN = new Map();
PLAN.levels.forEach((level, l) => {
  level.code.forEach((code, i) => {
    GRID_OF_CODE.set(`${level.id} ${code}`, { level: l, i });
    const parent = level.parent[i];
    if (!parent) return;
    if (!CHILDREN.has(parent)) CHILDREN.set(parent, []);
    CHILDREN.get(parent).push({ level: l, i });
  });
});

// Levels may share a code, as a community that is its own grid does; a parent lies above.
function gridByCode(code, below = Infinity) {
  for (let l = Math.min(PLAN.levels.length, below) - 1; l >= 0; l -= 1) {
    const found = GRID_OF_CODE.get(`${PLAN.levels[l].id} ${code}`);
    if (found) return found;
  }
  return null;
}

function childrenOf(grid) {
  const own = CHILDREN.get(PLAN.levels[grid.level].code[grid.i]) || [];
  return own.filter((child) => child.level > grid.level);
}

function sameGrid(one, other) {
  return Boolean(one && other && one.level === other.level && one.i === other.i);
}

const UNITS_OF = PLAN.levels.map((level) => {
  const lists = level.code.map(() => []);
  PLAN.units.grids[level.id].forEach((i, unit) => {
    if (i >= 0) lists[i].push(unit);
  });
  return lists;
});

const BREACHES_OF = new Map();
for (const breach of PLAN.breaches) {
  const grid = GRID_OF_CODE.get(`${breach.level} ${breach.grid}`);
  if (grid) {
    const key = `${grid.level} ${grid.i}`;
    if (!BREACHES_OF.has(key)) BREACHES_OF.set(key, []);
    BREACHES_OF.get(key).push(breach);
  }
}

function breachesOf(l, i) {
  return BREACHES_OF.get(`${l} ${i}`) || [];
}

// "" where a grid keeps all, "soft" where only wishes are missed, "hard" otherwise.
function standing(l, i) {
  const own = breachesOf(l, i);
  if (own.some((breach) => breach.hard) || !PLAN.levels[l].in_range[i]) return "hard";
  return own.length ? "soft" : "";
}

function limitsOf(level, i, key) {
  const area = level.limits[level.area_type[i]];
  return (area && area.ranges[key]) || null;
}

// --- outlines: [x0, y0, dx, dy, …] in steps of the lattice to corners ---

function corners(ring) {
  const found = [];
  let x = 0;
  let y = 0;
  for (let k = 0; k < ring.length; k += 2) {
    x += ring[k];
    y += ring[k + 1];
    found.push([x, y]);
  }
  return found;
}

function holds(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    const line = corners(ring);
    for (let a = 0, b = line.length - 1; a < line.length; b = a, a += 1) {
      const [xa, ya] = line[a];
      const [xb, yb] = line[b];
      if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) inside = !inside;
    }
  }
  return inside;
}

function boxOf(rings) {
  let box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of rings.flatMap(corners)) {
    box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
  }
  return box;
}

function choose(grid, options = {}) {
  const level = grid && grid.level !== EXCLUSIVE ? { level: grid.level } : {};
  change({ grid, unit: options.unit ?? null, zoom: Boolean(options.zoom), ...level });
}
