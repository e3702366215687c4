// Numbers of grids on the map, each where it has room, drawn on a canvas of their own.
"use strict";

const SPOTS = new Map();

// A place well inside an outline: the middle of its widest stretch on one of a few lines across.
function spotOf(rings) {
  const lines = rings.map(corners);
  const [left, bottom, , top] = boxOf(rings);
  let best = { x: left, y: bottom, room: 0 };
  for (const share of [0.5, 0.4, 0.6, 0.3, 0.7]) {
    const y = bottom + share * (top - bottom) + 0.37;
    const cuts = [];
    for (const line of lines) {
      for (let a = 0, b = line.length - 1; a < line.length; b = a, a += 1) {
        const [xa, ya] = line[a];
        const [xb, yb] = line[b];
        if (ya > y !== yb > y) cuts.push(((xb - xa) * (y - ya)) / (yb - ya) + xa);
      }
    }
    cuts.sort((a, b) => a - b);
    for (let k = 0; k + 1 < cuts.length; k += 2) {
      const room = (cuts[k + 1] - cuts[k]) * (1 - Math.abs(share - 0.5));
      if (room > best.room) best = { x: (cuts[k] + cuts[k + 1]) / 2, y, room };
    }
  }
  return best;
}

function spotsOf(l) {
  if (!SPOTS.has(l)) SPOTS.set(l, PLAN.levels[l].shapes.map(spotOf));
  return SPOTS.get(l);
}

// Boxes taken so far; a text that would lie on another one is left out.
function freeSpots() {
  const taken = [];
  return (x, y, wide, high) => {
    const box = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
    const free = taken.every((t) => box[0] > t[2] || box[2] < t[0] || box[1] > t[3] || box[3] < t[1]);
    if (free) taken.push(box);
    return free;
  };
}

const LabelLayer = L.Layer.extend({
  onAdd(map) {
    this._canvas = el("canvas", { class: "labels", "aria-hidden": "true" });
    map.getPane("labels").append(this._canvas);
    map.on("moveend zoomend resize viewreset", this.draw, this);
    map.on("zoomstart", this._hide, this);
    this.draw();
  },
  onRemove(map) {
    this._canvas.remove();
    map.off("moveend zoomend resize viewreset", this.draw, this);
    map.off("zoomstart", this._hide, this);
  },
  _hide() {
    this._canvas.hidden = true;
  },
  draw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize();
    const dense = window.devicePixelRatio || 1;
    const canvas = this._canvas;
    canvas.hidden = false;
    canvas.width = size.x * dense;
    canvas.height = size.y * dense;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const pen = canvas.getContext("2d");
    pen.scale(dense, dense);
    pen.font = "600 12px 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.strokeStyle = "rgba(255,255,255,.9)";
    pen.fillStyle = "#1c1c1c";
    const level = PLAN.levels[state.level];
    const scale = 2 ** map.getZoom() * STEP;
    const isFree = freeSpots();
    spotsOf(state.level).forEach((spot, i) => {
      if (spot.room * scale < 14) return;
      const text = level.label[i].slice(0, 12);
      const wide = pen.measureText(text).width;
      if (wide > spot.room * scale * 1.15) return;
      const at = map.latLngToContainerPoint([spot.y * STEP, spot.x * STEP]);
      if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) return;
      if (!isFree(at.x, at.y, wide + 4, 15)) return;
      pen.strokeText(text, at.x, at.y);
      pen.fillText(text, at.x, at.y);
    });
  },
});
