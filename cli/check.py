"""``gridpart check``: what is wrong with the data, before anything is divided."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Say what is wrong with the data, and repair it.")
@options.source_arg
@options.reading_opts
@options.findings_opt
@options.repair_opt
@options.snap_opt
@options.gap_opt
@options.file_overwrite_opt
@options.json_opt
@options.lang_opt
@options.verbosity
def check(
    source: str | None,
    *,
    findings_to: Path | None,
    repair_to: Path | None,
    snap_m: float,
    gap_m: float,
    overwrite: bool,
    as_json: bool,
    **choices: Any,
) -> None:
    """List everything found in SOURCE: errors, repairs, assumptions and warnings.

    SOURCE is a folder with one file per layer or a district.toml, a manifest, or a
    GeoPackage, and stays as it is. With --repair, rings that cross themselves are
    mended, overlaps of at most 1 m2 or 1 % of the smaller outline are cut off the larger,
    and ground narrower than --gap-m goes to the neighbor with the longest border; every
    change of area is listed. Larger overlaps are errors, for which nothing is written.

    \b
    Examples:
      gridpart check data/samples/hankou --units 楼栋.csv --datum gcj02 --json > found.json
      gridpart check district.gpkg --findings found.gpkg --repair repaired.gpkg

    Exit status: 0 SOURCE can be used; 1 it cannot, and nothing is repaired; 2 misuse.
    """
    from gridpart import soundness
    from gridpart.coverage import Tolerances
    from gridpart.finding_words import findings_dict, findings_text, repair_dict, repair_text
    from gridpart.findings import has_errors

    if snap_m > gap_m:
        raise click.BadParameter("it is greater than --gap-m", param_hint="--snap-m")
    place = options.reading(source, choices)
    inputs = [path for path in (source, *place["layers"].values()) if path is not None]
    soundness.check_outputs(inputs, findings_to, repair_to, overwrite=overwrite)
    tolerances = Tolerances(snap_m, gap_m)
    survey = soundness.examine(**place, tolerances=tolerances)
    lang = choices["lang"]
    told, text = findings_dict(survey.findings), findings_text(survey.findings, lang)
    if findings_to is not None:
        soundness.write_findings(survey, findings_to, overwrite=overwrite)
    broken = has_errors(survey.findings)
    if repair_to is not None and not broken:
        repair = soundness.repair_source(
            survey, repair_to, tolerances=tolerances, overwrite=overwrite
        )
        told |= {"repair": repair_dict(repair, repair_to)}
        text += repair_text(repair, repair_to, lang)
    if as_json:
        options.echo_json(told)
    else:
        click.echo(text, nl=False)
    if broken and repair_to is not None:
        click.echo(options.said("nothing_written", path=repair_to), err=True)
    click.get_current_context().exit(1 if broken else 0)
