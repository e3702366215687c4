// Puts the page together, and says what is drawn again after which change.
"use strict";

function followLevel() {
  if (state.grid && state.grid.level !== state.level && state.grid.level !== EXCLUSIVE) change({ grid: null, unit: null });
  if (!Object.hasOwn(PLAN.levels[state.level].values, state.column) && state.column) change({ column: "" });
  drawTools();
  drawCharts();
  if (!state.grid) showLedger(state.level);
}

function drawAll() {
  drawHead();
  drawTools();
  drawSearch();
  drawDetail();
  drawLedger();
  drawSummary();
  drawCharts();
  drawBreaches();
  drawNotes();
  drawRules();
  drawSources();
}

// Of three levels inside communities the middle one, of fewer the finest.
const above = PLAN.levels.filter((level) => level.above).length;
state.level = Math.max(0, EXCLUSIVE - above > 2 ? above + 1 : EXCLUSIVE - 1);
ledger.level = state.level;
state.column = COLUMN.has(PLAN.measure) ? PLAN.measure : "";
startMap();
startPaper();
drawAll();
onChange(["level"], followLevel);
onChange(["column"], drawCharts);
onChange(["grid", "unit"], drawDetail);
onChange(["grid"], followChosen);
onChange(["lang"], () => {
  drawAll();
  recolor();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.grid) choose(null);
});
