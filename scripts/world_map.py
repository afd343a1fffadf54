"""Compile the outlines of states that come with the package from Natural Earth's shapefile.

Usage: python scripts/world_map.py SHAPEFILE [--out FILE]

SHAPEFILE is a .shp (its .dbf beside it), or a zip or wheel that holds one: Natural Earth's
ne_110m_admin_0_countries.zip, or geopandas 0.14.4, whose copy the embedded file was made from.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).parent.parent / "src" / "kedge" / "data" / "baseline" / "world_map.json"
SOURCE = "natural-earth-110m"
DIGITS = 2
"""Of a degree: a hundredth is about a kilometre, finer than outlines at 1:110 million are."""

POLYGON, NOTHING = 5, 0
LEFT_OUT = {"Antarctica"}
CODES = {"France": "FRA", "Norway": "NOR", "Kosovo": "XKX"}
"""Codes that Natural Earth gives as -99; XKX is the one in common use for Kosovo, which ISO 3166 lacks."""

PART_OF = {"N. Cyprus": "CYP", "Somaliland": "SOM"}
"""Places that no United Nations member's vote or tariff but this one's covers, and that ISO 3166 lacks."""

Point = tuple[float, float]
Ring = list[Point]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("shapefile", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    text = compile_map(given.shapefile)
    given.out.write_text(text, encoding="utf-8")
    print(f"{given.out.name}  {len(json.loads(text)['features'])} states, {len(text.encode()):,} bytes")


def compile_map(path: Path) -> str:
    """Give the outlines as GeoJSON text, one state a line, wound as d3 and Vega want them: clockwise."""
    shapes, table = read_pair(path)
    rings: dict[str, list[Ring]] = {}
    names: dict[str, str] = {}
    for row, parts in zip(read_dbf(table), read_shp(shapes), strict=True):
        name = row["NAME"]
        if name in LEFT_OUT or not parts:
            continue
        code = code_of(row)
        if name not in PART_OF:
            if code in names:
                raise SystemExit(f"{path}: {name!r} and {names[code]!r} both have the code {code}")
            names[code] = name
        rings.setdefault(code, []).extend(filter(None, map(rounded, parts)))
    lines = [feature(code, names[code], without_inner_borders(rings[code])) for code in sorted(names)]
    source = {"key": SOURCE, "sha256_shp": sha256(shapes), "sha256_dbf": sha256(table)}
    return (
        f'{{"type":"FeatureCollection","source":{json.dumps(source)},"features":[\n'
        + ",\n".join(lines)
        + "\n]}\n"
    )


def code_of(row: dict[str, str]) -> str:
    """Find the ISO code of one row, mending what Natural Earth leaves as -99."""
    name, code = row["NAME"], row["ISO_A3"]
    code = PART_OF.get(name) or (CODES.get(name, code) if code == "-99" else code)
    if len(code) != 3 or not code.isalpha():
        raise SystemExit(f"{name!r} has the code {code!r}; enter it in CODES of {Path(__file__).name}")
    return code


def read_pair(path: Path) -> tuple[bytes, bytes]:
    """Read the .shp and the .dbf, from a folder or an archive."""
    if path.suffix == ".shp":
        return path.read_bytes(), path.with_suffix(".dbf").read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = [each for each in archive.namelist() if each.endswith(".shp")]
        names = [each for each in names if "admin_0_countries" in each or "naturalearth_lowres" in each]
        if len(names) != 1:
            raise SystemExit(f"{path}: expected one shapefile of countries, found {names or 'none'}")
        return archive.read(names[0]), archive.read(names[0].removesuffix(".shp") + ".dbf")


def read_dbf(raw: bytes) -> Iterator[dict[str, str]]:
    """Read the rows of a dBase table as text, by upper-case column name."""
    count, head, size = struct.unpack("<IHH", raw[4:12])
    fields = []
    for at in range(32, head - 1, 32):
        fields.append((raw[at : at + 11].split(b"\0")[0].decode("ascii").upper(), raw[at + 16]))
    for row in range(count):
        at, found = head + row * size + 1, {}
        for name, width in fields:
            found[name] = raw[at : at + width].decode("utf-8", "replace").strip(" \0")
            at += width
        yield found


def read_shp(raw: bytes) -> Iterator[list[Ring]]:
    """Read the rings of every record of a shapefile of polygons."""
    at = 100
    while at < len(raw):
        (words,) = struct.unpack(">I", raw[at + 4 : at + 8])
        body = raw[at + 8 : at + 8 + 2 * words]
        (kind,) = struct.unpack("<I", body[:4])
        if kind not in (POLYGON, NOTHING):
            raise SystemExit(f"expected polygons (shape type 5), found type {kind}")
        yield read_rings(body) if kind == POLYGON else []
        at += 8 + 2 * words


def read_rings(body: bytes) -> list[Ring]:
    parts, points = struct.unpack("<II", body[36:44])
    starts = [*struct.unpack(f"<{parts}I", body[44 : 44 + 4 * parts]), points]
    flat = struct.unpack(f"<{2 * points}d", body[44 + 4 * parts : 44 + 4 * parts + 16 * points])
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    return [pairs[a:b] for a, b in itertools.pairwise(starts)]


def rounded(ring: Ring) -> Ring:
    """Round a ring, drop points that fall together, and the ring if too little of it is left."""
    kept: Ring = []
    for x, y in ring:
        point = (round(x, DIGITS), round(y, DIGITS))
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept if len(kept) >= 4 and area(kept) != 0.0 else []


def area(ring: Ring) -> float:
    """Signed area in square degrees: negative if clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2.0


def without_inner_borders(rings: list[Ring]) -> list[Ring]:
    """Join rings that share a border; where none is shared they come back as they were."""
    edges = {edge for ring in rings for edge in itertools.pairwise(ring)}
    shared = {edge for edge in edges if edge[::-1] in edges}
    if not shared:
        return rings
    touched = [ring for ring in rings if shared & set(itertools.pairwise(ring))]
    # What one ring walks one way and its neighbour the other is inside; the rest is walked anew.
    after = {a: b for ring in touched for a, b in itertools.pairwise(ring) if (a, b) not in shared}
    joined = [ring for ring in rings if ring not in touched]
    while after:
        ring = [min(after)]
        while ring[-1] in after:
            ring.append(after.pop(ring[-1]))
        joined.append(ring)
    return joined


def feature(code: str, name: str, rings: list[Ring]) -> str:
    """Write one state: outer rings clockwise, each with the holes that lie in it."""
    outer = [ring for ring in rings if area(ring) < 0.0]
    holes = [ring for ring in rings if area(ring) > 0.0]
    polygons = [[ring, *(hole for hole in holes if holds(ring, hole[0]))] for ring in outer]
    if sum(len(each) - 1 for each in polygons) != len(holes) or not outer:
        raise SystemExit(f"{name!r}: a hole lies in no ring, or there is no outer ring")
    one = len(polygons) == 1
    geometry = {
        "type": "Polygon" if one else "MultiPolygon",
        "coordinates": polygons[0] if one else polygons,
    }
    told = {"type": "Feature", "id": code, "properties": {"name": name}, "geometry": geometry}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def holds(ring: Ring, point: Point) -> bool:
    """Whether a point lies in a ring, by counting the edges north of it."""
    x, y = point
    north = [
        (a, b)
        for a, b in itertools.pairwise(ring)
        if (a[0] > x) != (b[0] > x) and a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1]) > y
    ]
    return len(north) % 2 == 1


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


if __name__ == "__main__":
    main()
