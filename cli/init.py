"""``gridpart init``: a manifest for a folder of files."""

import sys
from pathlib import Path

import click

from . import options


@click.command(short_help="Write a manifest for a folder of files.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, take the best guess and say it.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Manifest to write.  [default: FOLDER/district.toml]",
)
@click.option("--overwrite", is_flag=True, help="Replace a manifest that is there already.")
@options.verbosity
def init(folder: Path, *, yes: bool, out: Path | None, overwrite: bool) -> None:
    """Look at the files in FOLDER and write district.toml, which says what is what.

    Layers and columns are recognized by their names, Chinese or English, and by what
    they hold; encodings, coordinate systems and datums by trying them; the columns by
    which a ledger names buildings by joining it. Files one folder deeper are looked at,
    too. What is not certain is asked, and stands in the manifest with a comment.

    \b
    Examples:
      gridpart init 栖贤街道
      gridpart init data --yes -o data/second.toml

    Exit status: 0 the manifest is written; 1 no communities or no buildings are
    recognized, or a manifest is there already; 2 misuse, or a question that nobody is
    there to answer.
    """
    from gridpart.candidates import look_into
    from gridpart.initial import propose
    from gridpart.manifest_text import proposal_text, write_manifest
    from gridpart.outfile import check_file

    target = check_file(out or folder / "district.toml", ".toml", overwrite=overwrite)
    contents = look_into(folder)
    answers: dict[str, str] = {}
    proposal = propose(contents, folder.absolute().name, answers)
    while proposal.questions and not yes:
        question = proposal.questions[0]
        answers[question.key] = _ask(question.text, question.choices, question.default)
        proposal = propose(contents, folder.absolute().name, answers)
    write_manifest(proposal, folder, target, overwrite=overwrite)
    click.echo(proposal_text(proposal), nl=False)
    click.echo(f"Wrote {target}. Next: gridpart check {out or folder}")


def is_terminal() -> bool:
    """Return whether somebody is there to answer."""
    return sys.stdin.isatty()


def _ask(text: str, choices: tuple[str, ...], best: str) -> str:
    """Return the answer to a question, or refuse to guess where nobody can be asked."""
    if not is_terminal():
        raise click.UsageError(
            f"{text} {'Best guess: ' + best if best else 'Nothing tells'}; "
            "nobody is there to answer. Pass --yes to take the best guesses."
        )
    if not choices:
        return str(click.prompt(text))
    click.echo(text)
    for n, choice in enumerate(choices, 1):
        click.echo(f"  {n}  {choice}")
    kind = click.IntRange(1, len(choices))
    return choices[click.prompt("Number", type=kind, default=choices.index(best) + 1) - 1]
