"""A transformer is made once for a pair of coordinate systems, and is the one PROJ makes."""

import pyproj
import pytest
from pyproj.exceptions import ProjError

from gridpart.crs import check_coordinates
from gridpart.transformers import transformer

ZONE = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80 +units=m"


def test_equal_systems_share_a_transformer_and_others_do_not():
    first = transformer(pyproj.CRS(ZONE), pyproj.CRS(4326))

    assert transformer(pyproj.CRS(ZONE), pyproj.CRS(4326)) is first
    assert transformer(pyproj.CRS(ZONE.replace("114", "117")), pyproj.CRS(4326)) is not first
    assert transformer(pyproj.CRS(4326), pyproj.CRS(ZONE)) is not first


@pytest.mark.parametrize("code", [4547, 4526, 2383, 3857, 32650, 4490, 3438])
def test_coordinates_are_those_of_a_new_transformer(code):
    new = pyproj.Transformer.from_crs(4326, code, always_xy=True)
    x, y = (114.3, 30.6) if code != 3438 else (-71.4, 41.8)

    for _ in range(2):
        assert transformer(4326, code).transform(x, y) == new.transform(x, y)


def test_a_refusal_is_repeated_and_not_remembered():
    for _ in range(2):
        with pytest.raises(ProjError):
            transformer("EPSG:4326", "no such system")


def test_a_layer_that_is_checked_again_asks_proj_for_nothing(monkeypatch):
    box = (500_000.0, 3_380_000.0, 501_000.0, 3_381_000.0)
    check_coordinates("EPSG:4547", box, "units")

    def refuse(*_, **__):
        raise AssertionError("PROJ was asked again")

    monkeypatch.setattr(pyproj.Transformer, "from_crs", refuse)
    check_coordinates("EPSG:4547", box, "units")
