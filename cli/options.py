"""Every argument and option that commands share, each stated once."""

import json
import locale
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])
Progress = Callable[[int, int, str], None]

FORMATS = ("geojson", "shp", "parquet", "fgb", "topojson")


def default_lang() -> str:
    """Return ``zh`` where the locale is Chinese, else ``en``."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")
    stated = next((os.environ[v] for v in variables if os.environ.get(v)), None)
    name = (stated or locale.getlocale()[0] or "").lower()
    return "zh" if name.startswith(("zh", "chinese")) else "en"


class _Messages(logging.Handler):
    """Write log records to whatever stderr is now."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record in the language that the command was asked for."""
        lang = spoken()
        text, level = self.format(record), record.levelname.lower()
        if lang != "en":
            from gridpart.telling import tell

            level = said(level)
            if record.msg == "%s" and isinstance(record.args, tuple):
                text = tell(record.args[0], lang, getattr(record, "titles", None))  # type: ignore[arg-type]
        click.echo(f"{level}: {text}", err=True)


def spoken() -> str:
    """Return the language of the command that runs."""
    context = click.get_current_context(silent=True)
    return str(context.params.get("lang") or "en") if context else "en"


def said(key: str, **parts: object) -> str:
    """Return words of the program in the language of the command that runs."""
    from gridpart.wording import words

    return words(spoken()).get(key, key).format(**parts)


def echo_written(path: object) -> None:
    """Say on stderr where the result is, unless the user asked for silence."""
    if not is_quiet():
        click.echo(said("written", path=path), err=True)


def _set_level(ctx: click.Context, param: click.Parameter, value: int) -> None:
    """Set what the log shows; the option may stand before or after the command."""
    shared = ctx.find_root().meta
    shared[param.name] = max(value, shared.get(param.name, 0))
    louder, quieter = shared.get("verbose", 0), shared.get("quiet", 0)
    logger = logging.getLogger("gridpart")
    logger.handlers = [h for h in logger.handlers if not isinstance(h, _Messages)]
    logger.addHandler(_Messages())
    logger.setLevel(max(logging.DEBUG, logging.WARNING + 10 * (quieter - louder)))


def verbosity(command: Command) -> Command:
    """Add ``-v`` and ``-q``."""
    for flags, text in (
        (("-q", "--quiet"), "Say less on stderr."),
        (("-v", "--verbose"), "Say more on stderr; twice for details."),
    ):
        command = click.option(
            *flags, count=True, expose_value=False, callback=_set_level, help=text
        )(command)
    return command


def is_quiet() -> bool:
    """Return whether the user asked for silence on stderr."""
    return bool(click.get_current_context().find_root().meta.get("quiet", 0))


def progress_printer(kind: str) -> Progress | None:
    """Return what prints progress on stderr in the form `kind`, None for nothing."""
    if kind == "none" or (kind == "auto" and is_quiet()):
        return None

    def as_text(done: int, total: int, what: str) -> None:
        from gridpart.telling import tell

        click.echo(f"[{done:>{len(str(total))}}/{total}] {tell(what, spoken())}", err=True)

    def as_json(done: int, total: int, what: str) -> None:
        line = {"done": done, "total": total, "what": what}
        click.echo(json.dumps(line, ensure_ascii=False), err=True)

    return as_json if kind == "json" else as_text


def echo_json(value: object) -> None:
    """Print a value as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def echo_plan(plan: Any, choices: dict[str, Any]) -> None:
    """Print the summary of a plan, in words or as JSON."""
    from gridpart.report import summary_dict, summary_text

    if choices["as_json"]:
        echo_json(summary_dict(plan))
    else:
        click.echo(summary_text(plan, choices["lang"]), nl=False)


def _split_formats(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: tuple[str, ...],
) -> tuple[str, ...]:
    """Return the formats named in comma lists, each once."""
    names = [name.strip().lower() for text in value for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(FORMATS)}.")
    return tuple(dict.fromkeys(names))


def _split_codes(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: tuple[str, ...],
) -> tuple[str, ...]:
    """Return the codes named in comma lists or on the lines of files, each once."""
    codes: list[str] = []
    for text in value:
        path = Path(text)
        if path.is_file():
            codes += path.read_text(encoding="utf-8-sig").splitlines()
        else:
            codes += text.split(",")
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))


source_arg = click.argument("source", required=False, type=click.Path())

LAYER_FILES = {
    "units": "buildings, parcels or points to divide",
    "communities": "outlines of communities",
    "streets": "streets that grids follow",
    "barriers": "lines that grids do not cross",
    "crossings": "places where they may",
    "exclusive": "sites that become exclusive grids",
    "stations": "service stations",
    "incidents": "records of incidents: date, kind, and unit_id or coordinates",
}
"""Layers that a file may be given for, and what they hold."""


def reading_opts(command: Command) -> Command:
    """Add what says where layers are and how to read them; see `reading`."""
    added = [
        *(
            click.option(f"--{layer}", metavar="FILE", help=f"File with {text}.")
            for layer, text in LAYER_FILES.items()
        ),
        click.option(
            "--crs",
            metavar="EPSG|PROJ",
            help="Coordinate system of layers whose files name none, such as EPSG:4490.",
        ),
        click.option(
            "--datum",
            type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]),
            help="Datum of layers for which the manifest names none.",
        ),
        click.option(
            "--allow-remote",
            is_flag=True,
            help="Follow addresses such as https:// and /vsi paths.",
        ),
        click.option(
            "--outside",
            type=click.Choice(["error", "list"]),
            default="error",
            show_default=True,
            help="What to do with units more than 20 m outside every community.",
        ),
    ]
    for option in reversed(added):
        command = option(command)
    return command


def refuse_reading(source: str | None, choices: dict[str, Any]) -> None:
    """Refuse options on how to read a district where none is read."""
    told = [n for n in (*LAYER_FILES, "crs", "datum", "allow_remote") if choices[n]]
    if source is None and told:
        raise click.UsageError(f"--{told[0].replace('_', '-')} needs --district.")


def reading(source: str | None, choices: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of ``read_district`` and ``check_district`` for what was chosen."""
    layers = {layer: choices[layer] for layer in LAYER_FILES if choices[layer]}
    if source is None and not {"units", "communities"} <= set(layers):
        raise click.UsageError("Missing SOURCE, or both of --units and --communities.")
    kept = ("outside", "crs", "datum", "allow_remote")
    return {"source": source, "layers": layers, **{name: choices[name] for name in kept}}


def complete_rules(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Return the presets whose names begin so, and leave files to the shell."""
    from gridpart.rules import preset_names

    names = [name for name in preset_names() if name.startswith(incomplete)]
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


rules_opt = click.option(
    "--rules",
    "rules_name",
    required=True,
    shell_complete=complete_rules,
    metavar="NAME|PATH",
    help="Rule set: the name of a preset, or a TOML file.",
)
rules_default_opt = click.option(
    "--rules",
    "rules_name",
    metavar="NAME|PATH",
    help="Rule set: the name of a preset, or a TOML file; by default the plan's own.",
)
out_opt = click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder to write to."
)
overwrite_opt = click.option(
    "--overwrite", is_flag=True, help="Replace a plan that OUT holds already."
)
formats_opt = click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="|".join(FORMATS),
    callback=_split_formats,
    help="Further formats beside the GeoPackage, as a comma list or repeated.",
)
seed_opt = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed."
)
time_limit_opt = click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop searching after this long; the same seed may then give another plan.",
)
workers_opt = click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that divide communities; the plan is the same for any number.",
)
stations_opt = click.option(
    "--locate-stations",
    "n_stations",
    type=click.IntRange(1),
    metavar="N",
    help="Propose places for N new service stations that bring most households near one.",
)
station_walk_opt = click.option(
    "--station-m",
    type=click.FloatRange(0, min_open=True),
    default=500,
    show_default=True,
    metavar="METERS",
    help="The walk within which a proposed station counts.",
)
repair_opt = click.option(
    "--repair",
    "repair_to",
    type=click.Path(path_type=Path),
    metavar="OUT.gpkg",
    help="Write the district with faults of drawing mended, and an account of each change.",
)
findings_opt = click.option(
    "--findings",
    "findings_to",
    type=click.Path(path_type=Path),
    metavar="OUT.gpkg",
    help="Write where things were found as layers for QGIS.",
)
snap_opt = click.option(
    "--snap-m",
    type=click.FloatRange(0.001, 10),
    default=0.05,
    show_default=True,
    help="Borders nearer than this are meant to be one.",
)
gap_opt = click.option(
    "--gap-m",
    type=click.FloatRange(0.001, 10),
    default=1.0,
    show_default=True,
    help="Bare ground narrower than this is a fault of drawing, wider ground a hole.",
)
file_overwrite_opt = click.option("--overwrite", is_flag=True, help="Replace files of these names.")
strict_opt = click.option(
    "--strict", is_flag=True, help="Exit with 3 even when each exception is proven."
)
progress_opt = click.option(
    "--progress",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    show_default=True,
    help="How progress is told on stderr.",
)
previous_opt = click.option(
    "--previous",
    type=click.Path(path_type=Path),
    metavar="PLAN|LAYER",
    help="What is in force: a plan, a table of unit_id and <level>_code, or outlines of grids "
    "with level and grid_code. Grids that continue one of its grids keep its code.",
)
keep_opt = click.option(
    "--keep",
    multiple=True,
    metavar="CODE[,CODE...]|FILE",
    callback=_split_codes,
    help="Grids in force that stay unit for unit, or a text file with a code on each line.",
)
json_opt = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
lang_opt = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default=default_lang,
    show_default="from the locale",
    help="Language of the summary and the maps.",
)
plan_arg = click.argument("plan", type=click.Path(path_type=Path))
atlas_opt = click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="PDF file to write."
)
sheet_levels_opt = click.option(
    "--level",
    "levels",
    multiple=True,
    metavar="LEVEL",
    help="Level whose grids get sheets, or exclusive; repeatable.  [default: the finest]",
)
url_opt = click.option(
    "--url",
    metavar="PATTERN",
    help="Address in QR codes, with {grid_code} in it.  [default: the code alone]",
)
