"""``gridpart atlas``: print a plan as a PDF with a sheet for each grid."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Print a plan as a PDF.")
@options.plan_arg
@options.atlas_opt
@options.sheet_levels_opt
@options.url_opt
@options.file_overwrite_opt
@options.progress_opt
@options.lang_opt
@options.verbosity
def atlas(plan: Path, out: Path, **choices: Any) -> None:
    """Print PLAN as a PDF: a cover, an A3 map per community and an A4 sheet per grid.

    PLAN is the folder that `gridpart partition` wrote, or its plan.gpkg. Each sheet has a
    map, the numbers of the grid, its bounds and units, lines for leader and phone, and a
    QR code with the code of the grid or with an address.

    \b
    Examples:
      gridpart atlas out/hankou -o hankou.pdf
      gridpart atlas out/hankou -o general.pdf --level general --level exclusive \\
        --url "https://example.org/grids/{grid_code}" --overwrite

    Exit status: 0 written; 1 PLAN is unusable, no font has its characters, or the file is
    taken; 2 misuse; 130 interrupted, nothing was written.
    """
    from gridpart.atlas import write_atlas
    from gridpart.export import read_plan

    path = write_atlas(
        read_plan(plan),
        out,
        levels=choices["levels"],
        url=choices["url"],
        lang=choices["lang"],
        overwrite=choices["overwrite"],
        progress=options.progress_printer(choices["progress"]),
    )
    options.echo_written(path)
