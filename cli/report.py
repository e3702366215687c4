"""``gridpart report``: a plan as one page for a browser."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Write a plan as one page for a browser.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="File to write.",
)
@options.file_overwrite_opt
@options.lang_opt
@options.verbosity
def report(plan: Path, out: Path, **choices: Any) -> None:
    """Write a PLAN as one HTML page: a map to click, the ledger, charts, breaches and rules.

    PLAN is the folder that `gridpart partition` wrote, or its plan.gpkg. The page is one
    file, needs no network, and can be mailed, opened offline and printed.

    \b
    Example:
      gridpart report out/hankou -o hankou.html
      gridpart report out/hankou/plan.gpkg -o hankou.html --lang en --overwrite

    Exit status: 0 written; 1 there is no plan, or the file cannot be written; 2 misuse.
    """
    from gridpart.export import read_plan
    from gridpart.outfile import check_file
    from gridpart.web_report import write_report

    check_file(out, ".html", overwrite=choices["overwrite"])
    written = write_report(
        read_plan(plan), out, lang=choices["lang"], overwrite=choices["overwrite"]
    )
    options.echo_written(written)
