"""A manifest proposed for a folder of files, and refined by answers."""

from collections.abc import Mapping
from dataclasses import replace

from gridpart.assignment import assign_layers
from gridpart.candidates import Candidate, Contents
from gridpart.errors import DataError, name_some
from gridpart.matching import match_tables, name_templates
from gridpart.proposal import JoinDraft, LayerDraft, Proposal, Question
from gridpart.recognition import Guess, Recognized, is_complete_key, recognize_columns
from gridpart.schema import LAYERS, MEASURES, as_text, is_missing
from gridpart.siting import site_layers
from gridpart.templates import fill_template

__all__ = ["propose"]

RESIDENTS = ("households", "population")


def propose(contents: Contents, name: str, answers: Mapping[str, str]) -> Proposal:
    """Return the manifest that fits the files of a folder best, and what is left to ask.

    Parameters
    ----------
    contents : Contents
        What the folder holds, as `gridpart.candidates.look_into` returns it.
    name : str
        Name of the folder.
    answers : mapping of str to str
        Key of a question -> its answer. Other questions may follow from it.

    Raises
    ------
    DataError
        If no file can be the communities, or none the units.
    """
    chosen, questions, unused = assign_layers(contents.candidates, answers)
    if lost := [layer for layer in ("communities", "units") if layer not in chosen]:
        raise _nothing_for(lost, contents)
    layers: dict[str, LayerDraft] = {}
    for layer in (known for known in LAYERS if known in chosen):
        candidate, path = chosen[layer]
        ids = _community_ids(layers.get("communities"))
        recognized = recognize_columns(
            layer, candidate.table(layer), cut=candidate.is_cut, known_ids=ids
        )
        recognized, asked = _settle_rivals(layer, candidate, recognized, answers)
        questions += asked
        recognized = _with_key(layer, candidate, recognized)
        layers[layer] = LayerDraft(layer, candidate, path, dict(candidate.keys), recognized)
    questions += site_layers(layers, answers)
    taken = [candidate for candidate, _ in chosen.values()]
    tables = [c for c in contents.candidates if c.kind == "table" and c not in taken]
    joins, asked, left = match_tables(layers["units"], tables, answers)
    unused |= left | dict(contents.skipped)
    for draft in layers.values():
        draft.remarks += _lacking(draft, layers, joins)
    return Proposal(name, layers, joins, unused, tuple(q for q in [*questions, *asked]))


def _community_ids(communities: LayerDraft | None) -> set[str]:
    if communities is None or "community_id" not in communities.recognized.columns:
        return set()
    values = communities.candidate.frame[communities.recognized.columns["community_id"].value]
    return {as_text(v) for v in values if not is_missing(v)}


def _with_key(layer: str, candidate: Candidate, recognized: Recognized) -> Recognized:
    """Return the columns of units with an id put together where no column is one."""
    if layer != "units" or "unit_id" in recognized.columns:
        return recognized
    for text in name_templates(candidate.frame):
        if is_complete_key(fill_template(text, candidate.frame)):
            why = "no column tells rows apart, but these together do"
            columns = {"unit_id": Guess({"text": text}, why, "likely"), **recognized.columns}
            return replace(recognized, columns=columns)
    return recognized


def _settle_rivals(
    layer: str, candidate: Candidate, recognized: Recognized, answers: Mapping[str, str]
) -> tuple[Recognized, list[Question]]:
    """Return the columns with those that were asked for, and what is to be asked."""
    columns, questions = dict(recognized.columns), []
    for column, others in recognized.rivals.items():
        key, taken = f"{layer}.{column}", columns[column]
        choices = (taken.value, *others)
        if answers.get(key) in choices:
            columns[column] = Guess(answers[key], "the answer given")
            continue
        why = f"{taken.why}; {name_some(others)} may be meant, too"
        columns[column] = Guess(taken.value, why, "a guess")
        text = f"Which column of {candidate.shown} is to be counted as {column}?"
        questions.append(Question(key, text, choices, taken.value))
    used = {guess.value for guess in columns.values()}
    names = (*recognized.rest, *(g.value for g in recognized.columns.values()))
    rest = tuple(c for c in candidate.columns if c in names and c not in used)
    return replace(recognized, columns=columns, rest=rest), questions


def _lacking(
    draft: LayerDraft, layers: Mapping[str, LayerDraft], joins: list[JoinDraft]
) -> list[str]:
    """Return what the layer needs and none of its columns is."""
    here = set(draft.recognized.columns)
    remarks = [
        f"No column was recognized as {column.name}, which every {LAYERS[draft.layer].row} needs."
        for column in LAYERS[draft.layer].columns
        if column.needed and column.name not in here
    ]
    if draft.layer != "units":
        return remarks
    counted = here.union(*(join.columns for join in joins))
    totals = set(layers["communities"].recognized.columns).intersection(RESIDENTS)
    if not counted.intersection(MEASURES) and not totals:
        remarks.append(
            "Nothing counts households or people, neither here nor in a table: name the column, "
            "or give the communities' totals, to be spread over their buildings."
        )
    return remarks


def _nothing_for(lost: list[str], contents: Contents) -> DataError:
    seen = [
        f"{c.shown}: {len(c.frame):,} {'rows' if c.kind == 'table' else c.kind}, "
        f"columns {name_some(c.columns, most=8) or 'none'}"
        for c in contents.candidates
    ] + [f"{file}: {why}" for file, why in contents.skipped.items()]
    wanted = {
        "communities": "polygons of the communities (社区)",
        "units": "polygons or points of the buildings (楼栋)",
    }
    return DataError(
        f"No file was recognized as {' or as '.join(lost)}.",
        found="\n          ".join(seen),
        wanted=" and ".join(wanted[layer] for layer in lost),
        fix=f"name the file for what it holds, such as {lost[0]}.gpkg, or write a manifest by hand",
    )
