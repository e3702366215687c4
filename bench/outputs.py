"""How large the pages of plans are, how long they take to write, and how soon a click is answered.

    python -m bench.outputs out/hankou out/providence --copies 16 --out bench/RESULTS-outputs.md

The last row is the first plan laid beside itself as often as `--copies` says. Opening and
clicking are measured in the system's Chromium, which must be installed.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import gridpart as gp
from bench.machine import line
from bench.side_by_side import side_by_side

PACKAGES = ("gridpart", "shapely", "geopandas", "playwright")
CHROMIUM = "/usr/bin/chromium"
CLICKS = 25
PAUSE_MS = 500
"""Between clicks: nobody is faster, and the ledger has turned to the grid before."""
HEAD = """# Pages of plans

What `gridpart report` writes, and how soon the page answers; see `bench/outputs.py`.

- **bytes**, **CPU s**: the file, and the processor time to make it from a plan in memory.
- **open ms**: until the page has drawn everything. **level ms**: to change to the finest level.
- **click ms**: from a click on the map to the sheet of its grid: median and worst of {clicks}
  grids of the finest level, half a second apart. Other work ran on the machine.

{machine}

    python -m bench.outputs {arguments}

| plan | grids | units | bytes | CPU s | open ms | level ms | click ms | worst |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def measure(browser, name, plan, path):
    """Return the row of one plan."""
    begin = time.process_time()
    gp.write_report(plan, path)
    seconds = time.process_time() - begin
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    begin = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    opened = time.perf_counter() - begin
    level = page.evaluate(
        "(() => { const t = performance.now(); change({level: EXCLUSIVE - 1});"
        " return performance.now() - t; })()"
    )
    n = len(plan.layers[plan.levels[-1]])
    clicks = [_click(page, i) for i in range(0, n, max(1, n // CLICKS))][:CLICKS]
    clicks = [ms for ms in clicks if ms is not None]
    page.close()
    grids = sum(map(len, plan.layers.values()))
    return (
        f"| {name} | {grids:,} | {len(plan.units):,} | {path.stat().st_size:,} | {seconds:.1f} "
        f"| {1000 * opened:.0f} | {level:.0f} | {statistics.median(clicks):.0f} "
        f"| {max(clicks):.0f} |\n"
    )


def _click(page, i):
    """Return the milliseconds from a click on a grid to its sheet, None where it is off the map."""
    at = page.evaluate(
        "i => { const s = spotsOf(state.level)[i];"
        " const p = map.latLngToContainerPoint([s.y * STEP, s.x * STEP]);"
        " const b = map.getContainer().getBoundingClientRect();"
        " window.seen = new Promise(done => { map.getContainer().addEventListener('mousedown',"
        "  () => { const t = performance.now(); const o = new MutationObserver(() => {"
        "   o.disconnect(); requestAnimationFrame(() => done(performance.now() - t)); });"
        "   o.observe(document.getElementById('detail'), {childList: true}); }, {once: true}); });"
        " return [b.x + p.x, b.y + p.y]; }",
        i,
    )
    page.wait_for_timeout(PAUSE_MS)
    page.mouse.click(*at)
    answer = "Promise.race([window.seen, new Promise(d => setTimeout(() => d(null), 3000))])"
    return page.evaluate(answer)


def main():
    """Measure and write the table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plans", nargs="+", type=Path)
    parser.add_argument("--copies", type=int, default=16)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    plans = [(path.name, gp.read_plan(path)) for path in given.plans]
    name, first = plans[0]
    plans.append((f"{name} × {given.copies}", side_by_side(first, given.copies)))
    command = [*(f"out/{path.name}" for path in given.plans), "--copies", str(given.copies)]
    text = HEAD.format(clicks=CLICKS, machine=line(PACKAGES, PACKAGES), arguments=" ".join(command))
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for number, (name, plan) in enumerate(plans):
            text += measure(browser, name, plan, Path(folder) / f"{number}.html")
        browser.close()
    print(text)
    if given.out:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
