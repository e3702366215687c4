// Which color each grid has, and what the colors mean. All scales tell apart by lightness too.
"use strict";

const SCALE = ["#fdf3a7", "#b8d38a", "#63b07f", "#2d8082", "#2f5078"]; // light to dark
const AROUND = { below: "#7b5ea7", lower: "#d9d3ea", upper: "#fbe0bb", above: "#d9730d" };
const NOTHING = "#e4e4e4";
const RED = "#b3001b";

// Values that split a list into at most `n` classes of equal size, ties together.
function quantiles(values, n) {
  const sorted = values.filter((v) => v !== null && v !== undefined).sort((a, b) => a - b);
  const cuts = [];
  for (let k = 1; k < n; k += 1) {
    const cut = sorted[Math.floor((k * sorted.length) / n)];
    if (cut !== undefined && cut > sorted[0] && cut !== cuts.at(-1)) cuts.push(cut);
  }
  return { cuts, low: sorted[0], high: sorted.at(-1) };
}

function coloring(l, key) {
  const level = PLAN.levels[l];
  const values = level.values[key];
  if (!key || !values) {
    return { legend: [], color: (i) => PLAN.palette[level.shade[i] % PLAN.palette.length] };
  }
  const ranged = level.code.some((_, i) => limitsOf(level, i, key));
  return ranged ? aroundRange(level, key, values) : bySize(level, key, values);
}

function aroundRange(level, key, values) {
  const place = (i) => {
    const limits = limitsOf(level, i, key);
    const value = values[i];
    if (!limits || value === null) return "no_value";
    const [low, high, aim] = limits;
    if (low !== null && value < low) return "below";
    if (high !== null && value > high) return "above";
    return value < (aim ?? low ?? high) ? "lower" : "upper";
  };
  const counts = { below: 0, lower: 0, upper: 0, above: 0, no_value: 0 };
  level.code.forEach((_, i) => (counts[place(i)] += 1));
  const legend = Object.entries(counts)
    .filter(([name, count]) => count || name === "lower" || name === "upper")
    .map(([name, count]) => ({ color: AROUND[name] || NOTHING, text: say(name), count }));
  return { legend, color: (i) => AROUND[place(i)] || NOTHING };
}

function bySize(level, key, values) {
  const { cuts, low, high } = quantiles(values, SCALE.length);
  if (low === undefined) return { legend: [], color: () => NOTHING };
  const column = COLUMN.get(key);
  const first = Math.floor((SCALE.length - cuts.length - 1) / 2);
  const place = (value) => cuts.filter((cut) => value >= cut).length;
  const ends = [low, ...cuts, high];
  const legend = ends.slice(0, -1).map((end, k) => ({
    color: SCALE[first + k],
    text: `${shown(end, { ...column, unit: column.unit === "%" ? "%" : "" })} – ${shown(ends[k + 1], column)}`,
    count: values.filter((v) => v !== null && place(v) === k).length,
  }));
  const color = (i) =>
    values[i] === null || values[i] === undefined ? NOTHING : SCALE[first + place(values[i])];
  return { legend, color };
}
