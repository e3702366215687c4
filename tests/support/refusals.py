"""What every error of reading a district has in common."""

import pickle
import re

import pytest

from gridpart.errors import DataError
from gridpart.io import check_district, read_district

POSITIONS = re.compile(r"\b(row|position|index|line|feature)s? (number )?\d|#\d", re.IGNORECASE)
INTERNALS = re.compile(r"pyogrio|gdal|\bogr|shapely|geos\b|traceback|0x[0-9a-f]{6}", re.IGNORECASE)


def refusal(source, **options):
    """Return the error of reading the source, after the checks that hold for every error."""
    with pytest.raises(DataError) as caught:
        read_district(source, **options)
    error = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert error.what
    assert error.found
    assert error.wanted
    assert error.fix
    assert not POSITIONS.search(str(error))
    assert not INTERNALS.search(str(error))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    errors = [f for f in check_district(source, **options) if f.severity == "error"]
    assert errors
    assert all(f.what in str(error) for f in errors)
    return error
