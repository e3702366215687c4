"""``gridpart compare``: alternative plans of one district side by side."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Hold alternative plans against each other.")
@click.argument("plans", metavar="PLAN PLAN [PLAN]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--current",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="The plan in force: then less moved from it is better.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="PNG to draw the alternatives to."
)
@options.file_overwrite_opt
@options.json_opt
@options.lang_opt
@options.verbosity
def compare(
    plans: tuple[Path, ...], current: Path | None, out: Path | None, **choices: Any
) -> None:
    """Tell where each PLAN is better, what moves between them, and which none beats.

    PLAN is a folder that `gridpart partition` wrote, or its plan.gpkg. All divide the same
    data; their rule sets may differ. The figures are those of the plans' own reports.

    \b
    Examples:
      gridpart compare out/seed0 out/seed1 out/even -o alternatives.png
      gridpart compare out/seed0 out/seed1 --current out/in-force --json

    Exit status: 0 compared; 1 a plan is unusable, the plans are of different districts, or
    OUT is taken; 2 misuse.
    """
    if len(plans) < 2:
        raise click.UsageError("Two plans or more are needed.")

    from gridpart.comparison import compare as hold
    from gridpart.comparison_charts import draw_comparison
    from gridpart.comparison_text import comparison_text
    from gridpart.export import read_plan
    from gridpart.outfile import check_file, write_whole
    from gridpart.plan_names import name_paths

    lang = choices["lang"]
    target = out and check_file(out, ".png", overwrite=choices["overwrite"])
    named = dict(zip(name_paths(plans), map(read_plan, plans), strict=True))
    found = hold(named, current=None if current is None else read_plan(current))
    if target is not None:
        write_whole(target, lambda path: draw_comparison(found, named, path, lang=lang))
    if choices["as_json"]:
        options.echo_json(found.to_dict())
    else:
        click.echo(comparison_text(found, lang), nl=False)
