"""Tables of a database are layers like any other; a password never shows."""

import os

import postgres
import pytest
import shapely
from districts import communities, plain, square, units, write
from pyproj import CRS
from refusals import refusal

from gridpart.io import read_district
from gridpart.postgis import read_postgis, without_password

pg8000 = pytest.importorskip("pg8000.dbapi")


@pytest.fixture(scope="session")
def port():
    if os.name != "posix":
        pytest.skip("the server for this test is started on Linux only")
    if reason := postgres.install():
        pytest.skip(reason)
    with postgres.server() as port:
        yield port


@pytest.fixture(scope="session")
def connect(port):
    def open_connection():
        return pg8000.connect(
            host="127.0.0.1", port=port, user=postgres.USER, password=postgres.PASSWORD,
            database="postgres",
        )  # fmt: skip

    connection = open_connection()
    connection.autocommit = True
    connection.cursor().execute("CREATE EXTENSION postgis")
    connection.cursor().execute("CREATE SCHEMA 街道")
    connection.close()
    return open_connection


@pytest.fixture
def address(port):
    quoted = postgres.PASSWORD.replace("%", "%25").replace("/", "%2F")
    return f"postgresql://{postgres.USER}:{quoted}@127.0.0.1:{port}/postgres"


@pytest.fixture
def put(connect):
    """Return a function that makes a table from rows, gone after the test."""
    tables = []

    def make(table, columns, rows, geometry="geometry(Geometry, 4547)"):
        connection = connect()
        cursor = connection.cursor()
        cursor.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        cursor.execute(f"CREATE TABLE {table} ({listed}, geom {geometry})")
        for *values, shape in rows:
            marks = ", ".join(["%s"] * len(values))
            cursor.execute(
                f"INSERT INTO {table} VALUES ({marks}, ST_GeomFromEWKT(%s))", (*values, shape)
            )
        connection.commit()
        connection.close()
        tables.append(table)

    yield make
    connection = connect()
    for table in tables:
        connection.cursor().execute(f"DROP TABLE IF EXISTS {table} CASCADE")
    connection.commit()
    connection.close()


def rows_of(frame, *columns, srid=4547):
    return [
        (*(row[c] for c in columns), f"SRID={srid};{row['geometry'].wkt}")
        for row in frame.to_dict("records")
    ]


def manifest(folder, text):
    write(folder, {"communities": communities()})
    (folder / "district.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_table_reads_like_a_file(tmp_path, put, address):
    columns = {"楼栋编码": "varchar(20)", "户数": "smallint", "100%老旧": "numeric", "建于": "date"}
    frame = units().assign(old=0.5, built="1999-01-02")
    put("街道.楼栋", columns, rows_of(frame, "unit_id", "households", "old", "built"))
    folder = manifest(
        tmp_path / "hill",
        f'[units]\npath = "{address}"\nlayer = "街道.楼栋"\n'
        '[units.columns]\nunit_id = "楼栋编码"\nhouseholds = "户数"\n',
    )

    district = read_district(folder)

    reference = read_district(write(tmp_path / "reference", plain()))
    assert district.units["households"].tolist() == reference.units["households"].tolist()
    assert district.units.geometry.geom_equals(reference.units.geometry).all()
    assert district.units["100%老旧"].eq(0.5).all()
    assert district.units["建于"].eq("1999-01-02").all()
    assert district.notes == ()


def test_the_table_may_be_named_by_the_layer(put, address):
    put("units", {"unit_id": "text", "households": "int"},
        rows_of(units(), "unit_id", "households"))  # fmt: skip

    frame, findings = read_postgis(address, None, "units")

    assert (len(frame), frame.crs.to_epsg(), findings) == (32, 4547, [])


def test_views_and_geographies_are_read(put, connect, address):
    degrees = units().to_crs(4326)
    put("loose", {"unit_id": "text"}, rows_of(degrees, "unit_id", srid=4326), "geography")
    connection = connect()
    connection.cursor().execute("CREATE VIEW few AS SELECT * FROM loose WHERE unit_id < 'U02'")
    connection.commit()
    connection.close()

    frame, _ = read_postgis(address, "public.few", "units")

    assert (frame["unit_id"].tolist(), frame.crs.to_epsg()) == (["U00", "U01"], 4326)


def test_heights_measures_and_curves_are_told(put, address):
    arc = "SRID=4547;CURVEPOLYGON(CIRCULARSTRING(0 0, 5 5, 10 0, 5 -5, 0 0))"
    deep = "SRID=4547;POLYGON Z ((0 0 1, 9 0 1, 9 9 1, 0 0 1))"
    measured = "SRID=4547;POINT M (1 2 3)"
    put("units", {"unit_id": "text"}, [("a", arc), ("b", deep), ("c", measured)], "geometry")

    frame, findings = read_postgis(address, "units", "units")

    assert not shapely.has_z(frame.geometry.to_numpy()).any()
    assert frame.geometry.area[0] == pytest.approx(78.54, rel=1e-2)
    assert [str(finding) for finding in findings] == [
        "2 of 3 units lost their heights (Z) or measures (M).",
        "Curves of units were drawn as straight pieces.",
    ]


def test_rows_without_geometry_are_named(tmp_path, put, address):
    put("units", {"unit_id": "text", "households": "int"},
        [*rows_of(units(), "unit_id", "households"), ("U99", 3, None)])  # fmt: skip
    folder = manifest(tmp_path, f'[units]\npath = "{address}"\n')

    error = refusal(folder)

    assert (error.what, error.found) == ("1 of 33 units have no geometry.", "U99")


@pytest.mark.parametrize("srid", [0, 4547])
def test_rows_in_several_systems_are_refused(tmp_path, put, address, srid):
    rows = [*rows_of(units(), "unit_id"), *rows_of(units().iloc[:1], "unit_id", srid=4548)]
    put("units", {"unit_id": "text"}, rows, "geometry")
    folder = manifest(tmp_path, f'[units]\npath = "{address}"\n')

    error = refusal(folder)

    assert error.what == "The rows of public.units bear several coordinate systems."
    assert error.found == "SRID 4547, 4548"


def test_tables_without_a_system_need_a_declared_one(tmp_path, put, address):
    put("units", {"unit_id": "text", "households": "int"},
        rows_of(units(), "unit_id", "households", srid=0), "geometry")  # fmt: skip
    folder = manifest(tmp_path, f'[units]\npath = "{address}"\n')

    assert refusal(folder).what == "The layer 'units' has no CRS."
    assert len(read_district(folder, crs="EPSG:4547").units) == 32


def test_a_system_of_the_database_itself_is_read(put, connect, address):
    connection = connect()
    cursor = connection.cursor()
    wkt = CRS.from_proj4("+proj=tmerc +lon_0=114.3 +x_0=80000 +ellps=GRS80").to_wkt("WKT1_GDAL")
    cursor.execute("DELETE FROM spatial_ref_sys WHERE srid IN (910001, 910002)")
    cursor.execute("INSERT INTO spatial_ref_sys VALUES (910001, NULL, NULL, %s, NULL)", (wkt,))
    cursor.execute("INSERT INTO spatial_ref_sys VALUES (910002, NULL, NULL, 'x', NULL)")
    connection.commit()
    connection.close()
    for srid in (910001, 910002):
        put(f"t{srid}", {"unit_id": "text"}, rows_of(units(), "unit_id", srid=srid), "geometry")

    frames = [read_postgis(address, f"t{srid}", "units")[0] for srid in (910001, 910002)]

    assert "114.3" in frames[0].crs.to_wkt()
    assert frames[1].crs is None


def test_a_missing_table_offers_the_near_name(tmp_path, put, address):
    put("街道.units", {"unit_id": "text"}, rows_of(units(), "unit_id"))
    folder = manifest(tmp_path, f'[units]\npath = "{address}"\nlayer = "街道.unit"\n')

    error = refusal(folder)

    assert "holds no table '街道.unit'" in error.what
    assert "did you mean '街道.units'?" in error.found


def test_a_table_of_two_schemas_has_to_be_named_in_full(put, address, tmp_path):
    put("街道.units", {"unit_id": "text"}, rows_of(units(), "unit_id"))
    put("public.units", {"unit_id": "text"}, rows_of(units(), "unit_id"))

    error = refusal(manifest(tmp_path, f'[units]\npath = "{address}"\n'))

    assert error.found == "public.units, 街道.units"


def test_a_table_without_one_geometry_is_refused(put, address, tmp_path):
    put("units", {"unit_id": "text", "other": "geometry"}, [])

    error = refusal(manifest(tmp_path, f'[units]\npath = "{address}"\n'))

    assert "has 2 columns of geometry" in error.what
    assert "make a view" in error.fix


def test_a_name_cannot_break_out_of_the_query(put, address):
    name = 'x"; DROP TABLE other; --'
    put("other", {"unit_id": "text"}, [])
    put('"x""; DROP TABLE other; --"', {"unit_id": "text"}, rows_of(units(), "unit_id"))

    assert len(read_postgis(address, name, "units")[0]) == 32
    assert len(read_postgis(address, "other", "units")[0]) == 0


def test_passwords_never_show(tmp_path, address, port, capfd, monkeypatch):
    bad = [
        address.replace("Geheim", "secret-w0rd"),
        f"postgresql://{postgres.USER}:secret-w0rd@127.0.0.1:{postgres.free_port()}/postgres",
        f"postgresql://nobody:secret-w0rd@127.0.0.1:{port}/postgres",
        f"postgresql://{postgres.USER}:secret-w0rd@127.0.0.1:{port}/postgres?password=secret-w0rd",
        "postgresql://me:secret-w0rd@host:port/x",
        "postgresql://me:secret-w0rd@no-such-host.invalid/x",
    ]
    for n, one in enumerate(bad):
        error = refusal(manifest(tmp_path / str(n), f'[units]\npath = "{one}"\n'))
        assert "secret-w0rd" not in str(error)
        assert "cannot be read" in error.what
    monkeypatch.setenv("PGPASSWORD", "secret-w0rd")
    error = refusal(
        manifest(tmp_path / "e", f'[units]\npath = "postgresql://x@127.0.0.1:{port}/y"\n')
    )
    assert "secret-w0rd" not in str(error)
    assert "secret-w0rd" not in "".join(capfd.readouterr())


def test_a_password_may_stand_in_the_environment(put, port, monkeypatch):
    put("units", {"unit_id": "text"}, rows_of(units(), "unit_id"))
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)

    frame, _ = read_postgis(
        f"postgresql://{postgres.USER}@127.0.0.1:{port}/postgres", None, "units"
    )

    assert len(frame) == 32


def test_reading_cannot_write(put, address, connect):
    put("units", {"unit_id": "text"}, [("a", f"SRID=4547;{square(0, 0).wkt}")])
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("CREATE FUNCTION touch() RETURNS text LANGUAGE sql VOLATILE AS "
                   "$$ INSERT INTO units VALUES ('b') RETURNING unit_id $$")  # fmt: skip
    cursor.execute("CREATE VIEW trap AS SELECT touch() AS unit_id, geom FROM units")
    connection.commit()
    connection.close()

    with pytest.raises(Exception, match="read-only"):
        read_postgis(address, "trap", "units")

    assert len(read_postgis(address, "units", "units")[0]) == 1


def test_without_the_driver_it_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pg8000.dbapi", None)

    with pytest.raises(Exception, match=r"pip install gridpart\[postgis\]"):
        read_postgis("postgresql://me:pw@host/db", None, "units")


def test_the_address_is_shown_without_who_and_how():
    assert without_password("postgresql://u:p%40@h:1/d?sslmode=x#p") == "postgresql://h:1/d"
