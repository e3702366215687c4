"""``gridpart partition``: divide a district into grids."""

from pathlib import Path
from typing import Any

import click

from . import options

PIPE = Path("-")
"""Stands for stdout instead of a folder."""


@click.command(short_help="Divide a district into grids.")
@options.source_arg
@options.reading_opts
@options.rules_opt
@options.out_opt
@options.seed_opt
@options.time_limit_opt
@options.formats_opt
@options.workers_opt
@options.overwrite_opt
@options.strict_opt
@options.stations_opt
@options.station_walk_opt
@options.previous_opt
@options.keep_opt
@options.json_opt
@options.progress_opt
@options.lang_opt
@options.verbosity
def partition(source: str | None, out: Path, **choices: Any) -> None:
    """Divide the district in SOURCE into grids and write the plan to a folder.

    SOURCE is a folder with one file per layer or a district.toml, a manifest, or a
    GeoPackage. OUT gets plan.gpkg with styles for QGIS, plan.qgz that opens it there,
    ledger.xlsx, a map of each level, charts.png, summary.txt and summary.json. With
    --previous, grids that continue one of the plan in force keep its code, and moves.csv
    lists who changes grids. With -o - the grids go to stdout instead, one GeoJSON
    feature a line, and the summary to stderr.

    \b
    Examples:
      gridpart partition data/samples/hankou --rules qixian -o out/hankou
      gridpart partition district.gpkg --rules my-rules.toml -o out/trial --seed 7 \\
        --format geojson,shp --workers 4 --overwrite

    Ctrl-C keeps the best plan so far: it is written whole, and flagged.

    Exit status: 0 every hard rule holds or each exception is proven; 1 SOURCE is
    unusable or OUT is taken; 2 misuse; 3 a hard rule is broken, or no plan exists;
    130 interrupted.
    """
    from gridpart.export import check_target, write_plan
    from gridpart.in_force import read_in_force
    from gridpart.io import read_district
    from gridpart.pipeline import partition as divide
    from gridpart.rules import load_rules
    from gridpart.solvers.stop import Seconds
    from gridpart.station_sites import locate_stations

    _refuse_clashes(out, choices)
    place = options.reading(source, choices)
    if out != PIPE:
        check_target(out, overwrite=choices["overwrite"])
    rules = load_rules(choices["rules_name"])
    district, past = read_district(**place), {}
    if choices["previous"] is not None:
        old = read_in_force(choices["previous"], district, rules)
        past = {"previous": old, "keep": choices["keep"]}
    plan = divide(
        district,
        rules,
        seed=choices["seed"],
        stop=None if choices["time_limit"] is None else Seconds(choices["time_limit"]),
        workers=choices["workers"],
        progress=options.progress_printer(choices["progress"]),
        **past,
    )
    if choices["n_stations"] is not None:
        plan = locate_stations(plan, choices["n_stations"], choices["station_m"])
    if out == PIPE:
        _print_grids(plan, choices["lang"])
    else:
        told = {name: choices[name] for name in ("formats", "overwrite", "lang")}
        write_plan(plan, out, **told)
        _print_summary(plan, out, as_json=choices["as_json"], lang=choices["lang"])
    click.get_current_context().exit(_status(plan, strict=choices["strict"]))


def _refuse_clashes(out: Path, choices: dict[str, Any]) -> None:
    """Refuse options that contradict one another."""
    if choices["keep"] and choices["previous"] is None:
        raise click.UsageError("--keep needs --previous, the plan that has these codes.")
    if out == PIPE and (choices["as_json"] or choices["formats"]):
        raise click.UsageError("-o - prints the grids: leave out --json and --format.")


def _print_grids(plan: Any, lang: str) -> None:
    """Print each grid as a line of GeoJSON on stdout, and the summary on stderr."""
    from gridpart.interchange import grid_lines
    from gridpart.report import summary_text

    for line in grid_lines(plan):
        click.echo(line.encode())  # as bytes: UTF-8 whatever the terminal has
    if not options.is_quiet():
        click.echo(summary_text(plan, lang), nl=False, err=True)


def _print_summary(plan: Any, out: Path, *, as_json: bool, lang: str) -> None:
    """Print what was written, and where."""
    from gridpart.report import summary_dict, summary_text

    if as_json:
        options.echo_json(summary_dict(plan))
    else:
        click.echo(summary_text(plan, lang), nl=False)
    options.echo_written(out)


def _status(plan: Any, *, strict: bool) -> int:
    """Return the exit status that a finished plan earns."""
    if plan.meta.get("stopped_by") == "interrupted":
        return 130
    report = plan.report
    return 3 if report.broken or (strict and report.exceptions) else 0
