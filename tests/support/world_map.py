"""Simplify the outlines of all countries, projected and in whole numbers, for the map of places.

    python -m tests.support.world_map FOLDER

FOLDER holds `countries-110m.json` and `countries-50m.json` of the npm package world-atlas 2.0.2,
which are Natural Earth 4.1 (public domain) as TopoJSON; docs/how-to/redraw-the-world-map.md says
how to get them. The first has the shapes, the second the places of countries that are too small to
have one. Writes `evidencehub/web/charts/world.csv`.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.core import get_global

Point = tuple[float, float]
Ring = Sequence[Point]

TARGET = Path("evidencehub/web/charts/world.csv")
WIDTH, TOP_LATITUDE, BOTTOM_LATITUDE = 720, 84.0, -56.0  # without Antarctica
TOLERANCE = 1.4  # units of the map
MIN_RING_AREA = 7.0  # square units: smaller islands are left out
MIN_COUNTRY_AREA = 20.0  # square units: smaller countries are a dot
COEFFICIENTS = (1.340264, -0.081106, 0.000893, 0.003796)
"""Of the Equal Earth projection (Šavrič, Patterson and Jenny, 2018)."""


def project(longitude: float, latitude: float) -> Point:
    """Return a place on the map in units, from its left and top edges."""
    x, y = _project_radians(math.radians(longitude), math.radians(latitude))
    right, _ = _project_radians(math.pi, 0.0)
    _, top = _project_radians(0.0, math.radians(TOP_LATITUDE))
    scale = WIDTH / (2 * right)
    return (x + right) * scale, (top - y) * scale


def _project_radians(longitude: float, latitude: float) -> Point:
    a1, a2, a3, a4 = COEFFICIENTS
    theta = math.asin(math.sqrt(3) / 2 * math.sin(latitude))
    square = theta * theta
    sixth = square**3
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = 2 * math.sqrt(3) * longitude * math.cos(theta) / (3 * slope)
    return x, theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


def simplify(line: Ring) -> list[Point]:
    """Return the longitudes and latitudes without those within TOLERANCE (Douglas-Peucker)."""
    if len(line) < 3:
        return list(line)
    start, *inner, end = (project(*point) for point in line)
    distances = [_measure_distance(point, start, end) for point in inner]
    farthest = max(range(len(distances)), key=distances.__getitem__)
    if distances[farthest] <= TOLERANCE:
        return [line[0], line[-1]]
    middle = farthest + 1
    return simplify(line[: middle + 1])[:-1] + simplify(line[middle:])


def _measure_distance(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length == 0:
        return math.dist(point, start)
    return abs(dx * (start[1] - point[1]) - dy * (start[0] - point[0])) / length


def compute_area(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))) / 2


class Topology:
    """A TopoJSON file. Neighbours share arcs, so that borders stay the same when simplified."""

    def __init__(self, path: Path, *, is_simplified: bool) -> None:
        content = json.loads(path.read_text("utf-8"))
        scale, origin = content["transform"]["scale"], content["transform"]["translate"]
        self.countries = content["objects"]["countries"]["geometries"]
        lines = (_decode_arc(arc, scale, origin) for arc in content["arcs"])
        self._arcs = [simplify(line) if is_simplified else line for line in map(unwrap, lines)]

    def list_rings(self, geometry: Mapping[str, Any]) -> list[Ring]:
        """Return the outer rings of a country on the map, the largest first."""
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings = [ring for polygon in polygons for ring in _cut(self._join_arcs(polygon[0]))]
        return sorted(rings, key=compute_area, reverse=True)

    def _join_arcs(self, numbers: Iterable[int]) -> list[Point]:
        points: list[Point] = []
        for number in numbers:
            arc = self._arcs[number] if number >= 0 else self._arcs[~number][::-1]
            points += arc[1:] if points else arc
        return points


def _decode_arc(arc: Iterable[Sequence[int]], scale: Point, origin: Point) -> list[Point]:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        latitude = min(max(y * scale[1] + origin[1], BOTTOM_LATITUDE), TOP_LATITUDE)
        points.append((x * scale[0] + origin[0], latitude))
    return points


def unwrap(line: Ring) -> list[Point]:
    """Return a line that goes on beyond 180 degrees instead of jumping to the other side."""
    points = [line[0]]
    for longitude, latitude in line[1:]:
        turns = round((points[-1][0] - longitude) / 360)
        points.append((longitude + 360 * turns, latitude))
    return points


def _cut(line: Ring) -> Iterator[Ring]:
    """Yield what of a ring lies on the map, with what lies beyond either edge on the other side."""
    ring = unwrap(line)
    for turn in (0, 360, -360):
        inside = [(min(max(x + turn, -180.0), 180.0), y) for x, y in ring]
        if len({x for x, _ in inside}) > 1:
            yield [project(*point) for point in _drop_edge(inside)]


def _drop_edge(ring: Ring) -> list[Point]:
    """Return a ring without what runs along an edge of the map and back."""
    is_edge = [abs(x) == 180 for x, _ in ring]
    last = len(ring) - 1
    return [
        point
        for number, point in enumerate(ring)
        if not (is_edge[max(number - 1, 0)] and is_edge[number] and is_edge[min(number + 1, last)])
    ]


def _is_crimea(ring: Ring) -> bool:
    """Return whether a ring is Crimea: Natural Earth draws it with the state that holds it.

    Here it is part of Ukraine, as in resolution 68/262 of the General Assembly.
    """
    west, south = project(32.0, 44.0)
    east, north = project(37.0, 46.5)
    return all(west <= x <= east and north <= y <= south for x, y in ring)


def write_path(rings: Iterable[Ring]) -> str:
    """Return the rings as one path of relative lines in whole numbers."""
    return "".join(_write_ring([(round(x), round(y)) for x, y in ring]) for ring in rings)


def _write_ring(ring: Sequence[tuple[int, int]]) -> str:
    steps = [
        (x - last_x, y - last_y)
        for (last_x, last_y), (x, y) in itertools.pairwise(ring[:-1])
        if (x, y) != (last_x, last_y)
    ]
    lines = "".join(_write_number(number) for step in steps for number in step)
    return f"M{ring[0][0]} {ring[0][1]}l{lines.lstrip()}z" if len(steps) > 1 else ""


def _write_number(number: int) -> str:
    return f"{number}" if number < 0 else f" {number}"


def list_countries(folder: Path) -> Iterator[tuple[str, int | str, int | str, str]]:
    """Yield the code, place and path of each country; a small one has no path.

    Land whose country has no code of ISO 3166-1 has an empty one.
    """
    codes = {number: codes[0] for number, codes in get_global("territory_aliases").items()}
    shapes = Topology(folder / "countries-110m.json", is_simplified=True)
    paths: dict[str, str] = {}
    for country in shapes.countries:
        rings = [ring for ring in shapes.list_rings(country) if compute_area(ring) > MIN_RING_AREA]
        code = codes.get(country.get("id", ""), "")
        if sum(map(compute_area, rings)) > MIN_COUNTRY_AREA and code != "AQ":
            for ring in rings:
                owner = "UA" if _is_crimea(ring) else code
                paths[owner] = paths.get(owner, "") + write_path([ring])
    places = Topology(folder / "countries-50m.json", is_simplified=False)
    for country in places.countries:
        code = codes.get(country.get("id", ""), "")
        if code and code != "AQ":
            corners = places.list_rings(country)[0]
            x, y = (round(sum(axis) / len(corners)) for axis in zip(*corners, strict=True))
            yield (code, "", "", paths[code]) if code in paths else (code, x, y, "")
    yield "", "", "", paths.get("", "")


def main() -> None:
    rows = sorted(set(list_countries(Path(sys.argv[1]))))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "x", "y", "path"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
