"""The embedded outlines are whole, cover every state, and are what the script makes of the shapefile."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import struct
import zipfile
from pathlib import Path

import polars as pl
import pytest

from kedge.core.errors import MalformedFile
from kedge.data.baseline import load_table
from kedge.data.readers.geography import read_places
from kedge.data.world_map import load_outlines, read_map

SCRIPT = Path(__file__).parents[2] / "scripts" / "world_map.py"
NOT_DRAWN = {"CSK", "SCG", "YUG"}
"""States that are no more."""


def script():
    spec = importlib.util.spec_from_file_location("world_map_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = script()


def polygons(feature: dict) -> list:
    geometry = feature["geometry"]
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def signed_area(ring: list) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2.0


def test_every_outline_has_a_code_a_name_and_closed_rings_wound_for_vega() -> None:
    features = read_map()["features"]
    codes = [each["id"] for each in features]
    assert len(codes) == len(set(codes)) == 174
    assert codes == sorted(codes)
    for feature in features:
        assert len(feature["id"]) == 3
        assert feature["id"].isupper()
        assert feature["properties"]["name"]
        for outer, *holes in polygons(feature):
            for ring in (outer, *holes):
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert all(a != b for a, b in itertools.pairwise(ring))
                assert all(-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0 for x, y in ring)
            assert signed_area(outer) < 0.0
            assert all(signed_area(hole) > 0.0 for hole in holes)


def test_places_that_natural_earth_codes_as_nothing_are_mended() -> None:
    outlines = load_outlines()
    assert {"FRA", "NOR", "XKX", "CYP", "SOM"} <= set(outlines)
    assert not {"ATA", "-99", "CYN", "SOL"} & set(outlines)
    # What adjoins is one outline, without a border through it.
    assert [len(polygons(outlines[code])) for code in ("CYP", "SOM")] == [1, 1]
    assert outlines["SOM"]["properties"]["name"] == "Somalia"
    assert len(polygons(outlines["ZAF"])[0]) == 2


def test_every_state_of_the_package_is_drawn_or_is_no_more() -> None:
    places = load_table("map_places")
    assert not places["iso3"].is_duplicated().any()
    assert set(places.filter(pl.col("drawn") == "outline")["iso3"]) == set(load_outlines())
    regions = set(load_table("regions")["region"])
    states = set(load_table("states")["iso3"]) - regions
    assert states - set(places["iso3"]) == NOT_DRAWN
    circles = places.filter(pl.col("drawn") == "circle")
    assert set(circles["iso3"]) <= states
    assert circles.select("lon", "lat").null_count().sum_horizontal()[0] == 0


def test_circles_stand_where_the_islands_are() -> None:
    spots = {row[0]: row[1:] for row in load_table("map_places").select("iso3", "lon", "lat").rows()}
    for code, lon, lat in (
        ("SGP", 103.8, 1.3),
        ("MLT", 14.5, 35.9),
        ("WSM", -171.8, -13.8),
        ("TON", -175.2, -21.1),
    ):
        assert spots[code] == pytest.approx((lon, lat), abs=0.2)


def test_the_file_is_small_and_names_its_source() -> None:
    path = SCRIPT.parents[1] / "src/kedge/data/baseline/world_map.json"
    assert path.stat().st_size < 250_000
    source = read_map()["source"]
    assert source["key"] in set(load_table("sources")["key"])
    page = (SCRIPT.parents[1] / "docs/data.md").read_text("utf-8")
    assert source["sha256_shp"] in page
    assert source["sha256_dbf"] in page


def ring(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [*points, points[0]]


def box(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    """Clockwise."""
    return ring((west, south), (west, north), (east, north), (east, south))


def shapefile(folder: Path, rows: list[tuple[str, str, list]], kind: int = 5) -> Path:
    """Write a tiny shapefile of polygons with the columns name and iso_a3."""
    body = b""
    for number, (_, _, rings) in enumerate(rows, 1):
        points = [point for each in rings for point in each]
        starts = [sum(map(len, rings[:k])) for k in range(len(rings))]
        record = struct.pack("<I4d2I", kind, 0, 0, 0, 0, len(rings), len(points))
        record += struct.pack(f"<{len(starts)}I", *starts)
        record += b"".join(struct.pack("<2d", *point) for point in points)
        body += struct.pack(">2I", number, len(record) // 2) + record
    path = folder / "ne_110m_admin_0_countries.shp"
    path.write_bytes(bytes(100) + body)
    fields = b"".join(
        name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([20]) + bytes(15) for name in (b"name", b"iso_a3")
    )
    lines = b"".join(b" " + name.encode().ljust(20) + code.encode().ljust(20) for name, code, _ in rows)
    head = struct.pack("<4BIHH", 3, 0, 0, 0, len(rows), 32 + len(fields) + 1, 41) + bytes(20)
    path.with_suffix(".dbf").write_bytes(head + fields + b"\r" + lines)
    return path


ROWS = [
    ("Somalia", "SOM", [box(0, 0, 2, 2)]),
    ("Somaliland", "-99", [ring((0, 2), (0, 3.123), (2, 3.123), (2, 2))]),
    ("Antarctica", "ATA", [box(-180, -90, 180, -80)]),
    (
        "Norway",
        "-99",
        [box(20, 20, 21, 21), box(10, 10, 14, 14), ring((11, 11), (12, 11), (12, 12), (11, 12))],
    ),
]


def test_the_script_makes_the_expected_outlines_of_a_small_shapefile(tmp_path: Path) -> None:
    path = shapefile(tmp_path, ROWS)
    made = json.loads(MAKE.compile_map(path))
    assert [each["id"] for each in made["features"]] == ["NOR", "SOM"]
    norway, somalia = made["features"]
    (single,), (outer, hole) = sorted(polygons(norway), key=len)
    assert signed_area(single) == -1.0
    assert (signed_area(outer), signed_area(hole)) == (-16.0, 1.0)
    assert somalia["properties"] == {"name": "Somalia"}
    ((joined,),) = polygons(somalia)
    assert signed_area(joined) == pytest.approx(-2.0 * 3.12)
    assert sorted(map(tuple, joined[:-1])) == [(0, 0), (0, 2), (0, 3.12), (2, 0), (2, 2), (2, 3.12)]
    archive = tmp_path / "countries.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for each in (path, path.with_suffix(".dbf")):
            packed.write(each, f"folder/{each.name}")
    assert MAKE.compile_map(archive) == MAKE.compile_map(path)


@pytest.mark.parametrize(
    ("rows", "kind", "match"),
    [
        ([("Atlantis", "-99", [box(0, 0, 1, 1)])], 5, "enter it in CODES"),
        ([("One", "AAA", [box(0, 0, 1, 1)]), ("Two", "AAA", [box(2, 2, 3, 3)])], 5, "both have the code AAA"),
        ([("One", "AAA", [box(0, 0, 1, 1)])], 3, "found type 3"),
        ([("One", "AAA", [box(0, 0, 1, 1)[::-1]])], 5, "a hole lies in no ring"),
    ],
)
def test_the_script_refuses_what_it_cannot_draw(tmp_path: Path, rows: list, kind: int, match: str) -> None:
    with pytest.raises(SystemExit, match=match):
        MAKE.compile_map(shapefile(tmp_path, rows, kind))


def test_the_script_makes_the_embedded_file_byte_for_byte() -> None:
    given = os.environ.get("KEDGE_WORLD_MAP", "")
    if not given:
        pytest.skip("set KEDGE_WORLD_MAP to the wheel of geopandas 0.14.4, or its shapefile, to run this")
    embedded = SCRIPT.parents[1] / "src/kedge/data/baseline/world_map.json"
    assert MAKE.compile_map(Path(given)) == embedded.read_text("utf-8")


@pytest.mark.mirror
def test_capitals_have_a_place_each(mirror: Path) -> None:
    places = read_places(mirror / "geo/geo_cepii.rda")
    spots = {row[0]: row[1:] for row in places.rows()}
    assert spots["JPN"][0] == "Tokyo"
    assert spots["JPN"][1:] == pytest.approx((139.8, 35.7), abs=0.3)
    assert spots["CUW"][0] == "Willemstad"
    assert {"ROU", "COD", "TLS"} <= set(spots)


def test_a_file_that_holds_no_places_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "geo_cepii.rda"
    path.write_bytes(b"no R data")
    with pytest.raises(MalformedFile, match="not an R data file"):
        read_places(path)
