"""``gridpart staff``: persons of a roster on the posts of a plan."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Assign the persons of a roster to the posts of a plan.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--roster",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table of persons (.xlsx, .xls, .csv): codes, homes, skills, posts; no names.",
)
@options.out_opt
@options.overwrite_opt
@options.json_opt
@options.lang_opt
@options.verbosity
def staff(plan: Path, roster: Path, out: Path, **choices: Any) -> None:
    """Assign the persons of a roster to the posts of the grids in PLAN.

    PLAN is the folder that `gridpart partition` wrote, or its plan.gpkg. OUT gets the same
    plan with who holds which post, what is vacant and who is left over.

    \b
    Examples:
      gridpart staff out/hankou --roster staff.xlsx -o out/staffed
      gridpart staff out/hankou --roster staff.csv -o out/hankou --overwrite

    Exit status: 0 assigned, vacancies listed; 1 PLAN or the roster is unusable or OUT is
    taken; 2 misuse.
    """
    from gridpart.appointments import assign_staff
    from gridpart.export import check_target, read_plan, write_plan
    from gridpart.report import summary_dict, summary_text
    from gridpart.roster import read_roster

    check_target(out, overwrite=choices["overwrite"])
    staffed = assign_staff(read_plan(plan), read_roster(roster))
    lang = choices["lang"]
    write_plan(staffed, out, overwrite=choices["overwrite"], lang=lang)
    if choices["as_json"]:
        options.echo_json(summary_dict(staffed)["staffing"])
    else:
        click.echo(summary_text(staffed, lang), nl=False)
    options.echo_written(out)
