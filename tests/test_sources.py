"""What only looks like data is refused before a driver sees it, and nothing else is opened."""

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import formats
import pytest
from districts import communities, full, plain, units, write, write_file
from formats import save, with_members
from refusals import refusal

from gridpart.errors import DataError
from gridpart.io import check_district, read_district


@pytest.fixture
def folder(tmp_path):
    """Return a folder with communities, in which the units are still to come."""
    return write(tmp_path / "hill", {"communities": communities()}, name="communities.gpkg")


def members():
    """Return the files of a shapefile of units by their names."""
    with tempfile.TemporaryDirectory() as place:
        save(units(), Path(place) / "units.shp")
        return {file.name: file.read_bytes() for file in Path(place).iterdir()}


# --- archives --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../units.shp", "/tmp/units.shp", "a/../../units.shp", "C:/units.shp", "..\\units.shp"],
)
def test_an_archive_that_leads_out_is_refused(folder, name):
    with_members(folder / "units.zip", {**members(), name: b"x"})
    before = sorted(folder.parent.rglob("*"))

    error = refusal(folder)

    assert error.what == "The archive units.zip holds paths that lead out of its folder."
    assert sorted(folder.parent.rglob("*")) == before


def test_an_archive_of_links_is_refused(folder):
    link = zipfile.ZipInfo("units.shp")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(folder / "units.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")

    assert refusal(folder).what == "The archive units.zip holds links instead of files."


@pytest.mark.parametrize("kind", ["swollen", "many"])
def test_a_bomb_is_refused_before_it_is_unpacked(folder, kind, monkeypatch):
    if kind == "swollen":
        extra = {"units.dbf": b"\0" * (50 * 2**20)}
    else:
        extra = {f"{n}.shp": b"" for n in range(10_001)}
    with_members(folder / "units.zip", {**members(), **extra})
    monkeypatch.setattr(zipfile.ZipFile, "open", None)

    error = refusal(folder)

    assert error.what == "The archive units.zip unpacks to more than map data do."
    assert "members" in error.found


def test_an_archive_under_a_password_is_refused(folder):
    archive = with_members(folder / "units.zip", members())
    content = bytearray(archive.read_bytes())
    for head, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(head)
        while at >= 0:
            content[at + flag] |= 1
            at = content.find(head, at + 4)
    archive.write_bytes(content)

    assert refusal(folder).found == "members under a password"


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.95])
def test_an_archive_that_was_cut_is_refused(folder, keep):
    archive = save(units(), folder / "units.zip")
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * keep)])

    assert refusal(folder).what == "The archive units.zip cannot be unpacked."


def test_damage_inside_an_archive_is_refused(folder):
    with zipfile.ZipFile(folder / "units.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, content in members().items():
            archive.writestr(name, content)
    content = (folder / "units.zip").read_bytes()
    at = content.find(b"\x00\x00\x27\x0a") + 200
    (folder / "units.zip").write_bytes(content[:at] + b"\xff\xff\xff" + content[at + 3 :])

    assert refusal(folder).found == "damaged members"


def test_an_archive_without_a_map_is_refused(folder):
    with_members(folder / "units.zip", {"readme.txt": "no map", "__MACOSX/units.shp": b"x"})

    assert refusal(folder).found == "an archive without a map file"


def test_several_layers_in_one_archive_are_found_by_name(tmp_path):
    for name, frame in plain().items():
        write_file(frame, tmp_path / "loose" / f"{name}.shp")
    loose = sorted((tmp_path / "loose").iterdir())
    with_members(tmp_path / "zip" / "资料.zip", {f"数据/{p.name}": p.read_bytes() for p in loose})

    district = read_district(tmp_path / "zip")

    assert (len(district.communities), len(district.units)) == (2, 32)
    assert district.notes == ()


def test_a_geopackage_in_an_archive_is_read(tmp_path):
    packed = write(tmp_path / "loose", full()) / "district.gpkg"
    archive = with_members(tmp_path / "district.zip", {"district.gpkg": packed.read_bytes()})

    assert len(read_district(archive).streets) == 2


# --- files that are not what their name says ---------------------------------------------

VRT = """<OGRVRTDataSource><OGRVRTLayer name="units"><SrcDataSource>{}</SrcDataSource>
<SrcLayer>units</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""
RECIPE = {
    "type": "gdal_streamed_alg",
    "command_line": "gdal vector pipeline ! read {} ! write --of stream streamed",
}


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "kml", "shp", "fgb", "osm", "zip"])
def test_a_list_of_other_files_is_never_followed(tmp_path, folder, suffix):
    other = write(tmp_path / "secret", plain()) / "district.gpkg"
    (folder / f"units.{suffix}").write_text(VRT.format(other))

    assert f"units.{suffix}" in refusal(folder).what


@pytest.mark.parametrize(
    ("suffix", "head"),
    [("kml", "<!-- <kml> -->"), ("osm", "<!-- <osm> -->"), ("geojson", "{}"), ("fgb", "fgb")],
)
def test_nor_is_one_in_disguise(tmp_path, folder, suffix, head):
    other = write(tmp_path / "secret", plain()) / "district.gpkg"
    (folder / f"units.{suffix}").write_text(head + VRT.format(other))

    assert f"units.{suffix}" in refusal(folder).what


def test_a_recipe_is_never_followed(tmp_path, folder):
    other = write(tmp_path / "secret", plain()) / "district.gpkg"
    text = json.dumps(RECIPE).replace("{}", str(other))
    (folder / "units.geojson").write_text(text)

    assert refusal(folder).what == "units.geojson cannot be read as a map layer."


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb", "parquet", "kml"])
def test_one_format_under_the_name_of_another_is_refused(folder, suffix):
    save(units(), folder / "loose.geojson" if suffix != "geojson" else folder / "loose.fgb")
    (loose,) = folder.glob("loose.*")
    loose.rename(folder / f"units.{suffix}")

    assert refusal(folder).what == f"units.{suffix} cannot be read as a map layer."


@pytest.mark.parametrize("suffix", ["shp", "fgb", "geojson", "kml", "parquet", "pbf", "gpkg"])
@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_file_that_was_cut_is_never_read_in_part(folder, suffix, keep):
    if suffix == "pbf":
        shapes = [(s, {"building": "yes"}) for s in formats.degrees(units()).geometry]
        path = formats.save_osm(folder / "units.pbf", shapes)
    else:
        path = save(units(), folder / f"units.{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])

    assert path.name in str(refusal(folder))


def test_parquet_without_geometry_is_refused(folder):
    units().drop(columns="geometry").to_parquet(folder / "units.parquet")

    assert refusal(folder).what == "The layer 'units' has no geometry."


def test_parquet_without_its_reader_says_what_to_install(folder, monkeypatch):
    save(units(), folder / "units.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

    assert "pip install gridpart[parquet]" in refusal(folder).fix


@pytest.mark.parametrize("name", ["units.shp", "units.gpkg", "units.csv"])
def test_a_folder_in_the_place_of_a_file_is_named(folder, name):
    (folder / name).mkdir()

    error = refusal(folder)

    assert f"{name} cannot be read as a map layer." in str(error)
    assert "a folder" in error.found


def test_other_folders_are_told(tmp_path):
    folder = write(tmp_path, plain())
    (folder / "old.shp").mkdir()
    (folder / "photos").mkdir()

    (finding,) = check_district(folder)

    assert finding.names == ("old.shp (a folder)",)


@pytest.mark.parametrize("target", ["units.geojson", "nowhere"])
def test_links_that_lead_nowhere_are_named(folder, target):
    (folder / "units.geojson").symlink_to(folder / target)

    assert "a link that leads nowhere" in refusal(folder).found


def test_a_source_that_is_a_loop_of_links_is_named(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    assert refusal(tmp_path / "a").found == "a link that leads nowhere"


@pytest.fixture
def unprivileged():
    """Be nobody for a while, where this is root: root may read everything."""
    if os.name != "posix":
        pytest.skip("permissions are those of POSIX")
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def open_way_to(folder):
    """Let everybody into the folders of this run; there is one more in a worker of several."""
    for parent in folder.parents:
        parent.chmod(0o755)
        if parent.name.startswith("pytest-of-"):
            break


@pytest.mark.parametrize("name", ["units.geojson", "units.zip", "units.csv", "units.xlsx"])
def test_files_that_may_not_be_read_are_named(folder, name, request, monkeypatch):
    path = save(units(), folder / name)
    read_district(folder, crs="EPSG:4547")  # so that nothing is imported as nobody
    path.chmod(0)
    folder.chmod(0o755)
    open_way_to(folder)
    monkeypatch.setattr("tempfile.tempdir", str(folder.parent))
    folder.parent.chmod(0o777)
    request.getfixturevalue("unprivileged")

    error = refusal(folder, crs="EPSG:4547")

    assert name in str(error)


def test_a_folder_that_may_not_be_read_is_named(folder, request):
    save(units(), folder / "units.geojson")
    open_way_to(folder)
    folder.chmod(0)
    request.getfixturevalue("unprivileged")
    try:
        error = refusal(folder)
    finally:
        os.seteuid(os.getuid())  # or the folder could not be opened up again
        folder.chmod(0o755)

    assert "no permission" in error.found


@pytest.mark.parametrize("name", ["a!b", "a?b", "街道 资料", "a#b", "a%20b"])
def test_odd_names_of_folders_are_read_or_refused(tmp_path, name):
    folder = write(tmp_path / "plain", plain()).rename(tmp_path / name)

    if "!" in name:
        assert "a path with '!'" in refusal(folder).found
    else:
        assert len(read_district(folder).units) == 32


def test_a_table_of_ragged_lines_is_refused(folder):
    path = save(units(), folder / "units.csv")
    path.write_text(path.read_text().replace("U31,", "U31,5,5,5,"))

    with pytest.raises(DataError, match=r"units\.csv"):  # which lines, is for it to say
        read_district(folder, crs="EPSG:4547")


# --- addresses -------------------------------------------------------------------------

SECRET = "https://me:secret@example.org/units.gpkg?token=secret"


@pytest.mark.parametrize(
    "path", [SECRET, "s3://bucket/units.gpkg", "/vsicurl/https://example.org/units.gpkg"]
)
def test_addresses_are_refused_wherever_they_stand(folder, path):
    errors = [refusal(folder, layers={"units": path})]
    (folder / "district.toml").write_text(f'[units]\npath = "{path}"\n')
    errors.append(refusal(folder))

    for error in errors:
        assert "is not local." in error.what
        assert "--allow-remote" in error.fix
        assert "secret" not in str(error)


def test_paths_inside_archives_are_read_where_allowed(tmp_path, folder):
    archive = with_members(tmp_path / "x.zip", members())
    layers = {"units": f"/vsizip/{archive}/units.shp"}

    assert refusal(folder, layers=layers).what.endswith("is not local.")
    assert len(read_district(folder, layers=layers, allow_remote=True).units) == 32


@pytest.fixture
def site(tmp_path):
    """Yield the address of a site with the files of a folder."""
    served = tmp_path / "served"
    write(served, plain())
    (served / "bad.gpkg").write_text("no map")

    # In a process of its own, for GDAL waits for an answer without letting go of the GIL.
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--directory", served], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        port = re.search(rb"port (\d+)", server.stdout.readline())[1].decode()
        yield f"http://127.0.0.1:{port}"
        server.kill()


def test_addresses_are_followed_where_allowed(site, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    district = read_district(f"{site}/district.gpkg", allow_remote=True)

    assert (district.name, len(district.units)) == ("district", 32)
    for name in ("bad.gpkg", "none.gpkg"):
        assert "cannot be read" in refusal(f"{site}/{name}", allow_remote=True).what
    for name in ("a.csv", "a.parquet", "a.pbf"):
        found = refusal(f"{site}/{name}", allow_remote=True).found
        assert found == "a format that is read from this computer only"


# --- what the caller gives -------------------------------------------------------------


def test_files_given_come_before_those_of_the_source(tmp_path):
    folder = write(tmp_path / "hill", plain())
    few = save(units().iloc[:9], tmp_path / "few.geojson")

    district = read_district(folder, layers={"units": few})

    assert len(district.units) == 9
    assert any("names another for units" in str(note) for note in district.notes)


def test_the_mapping_of_the_manifest_holds_for_a_file_given(tmp_path):
    folder = write(tmp_path / "hill", plain())
    (folder / "district.toml").write_text(
        '[units]\npath = "district.gpkg"\ncolumns = { households = "hh" }\n'
    )
    frame = units().rename(columns={"households": "hh"})
    new = save(frame, tmp_path / "new.geojson")

    assert len(read_district(folder, layers={"units": new}).units) == 32


def test_files_alone_make_a_district(tmp_path):
    files = {
        name: save(frame, tmp_path / "街道" / f"{name}.geojson") for name, frame in plain().items()
    }

    district = read_district(None, layers=files)

    assert (district.name, len(district.units)) == ("街道", 32)


def test_faults_in_what_is_given_are_named(folder):
    with pytest.raises(DataError, match="did you mean 'units'"):
        read_district(folder, layers={"unit": "a.shp"})
    assert refusal(folder, layers={"units": "none.shp"}).found.startswith("units: ")
    (folder / "a.tab").write_text("!table")
    for path in (folder, folder / "a.tab"):
        error = refusal(folder, layers={"units": path})
        assert error.what == f"{path.name} cannot be read as a map layer."
    assert refusal(folder, crs="EPSG:0").what == "The coordinate system given is not known."
