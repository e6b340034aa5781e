"""The outlines of the 30 districts on every map: approximate as shipped, or official ones that
somebody put in their place.

The official file is one GeoJSON: ``CENTRE_OUTLINES``, or ``district_outlines.geojson`` in the var
folder, where an upload puts it too. It is checked whenever it changes; while it cannot be used,
the approximate outlines stay and the reason is said. What the browser gets is written anew from
the checked coordinates: nothing else of the file leaves the server.
"""

import json
import math
import os
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.text import Words

SETTING = "CENTRE_OUTLINES"
FILE = "district_outlines.geojson"
UPLOADED_AS = "centre_file"  # member of the stored GeoJSON: what the uploaded file was called
MOST_BYTES = 4_000_000
MOST_FEATURES = 1_000
LONGEST_NAME = 80
MARGIN_DEGREES = 0.3  # around the communes' points: no district reaches further
FEWEST_POSITIONS = 4  # of a closed ring
DECIMALS = 6  # a tenth of a metre
CODES = ("code", "ma", "ma_huyen", "mahuyen", "maqh", "ma_qh", "district_code", "cc_2", "id")
NAMES = ("name", "ten", "ten_huyen", "tenhuyen", "district", "name_2", "quan_huyen", "ten_qh")
KINDS = ("quan ", "huyen ", "thi xa ", "tx. ", "q. ", "h. ")


class OutlinesError(ValueError):
    """A file cannot be used as outlines; ``key`` and ``values`` make the sentence (catalogue)."""

    def __init__(self, key: str, **values: Any):
        super().__init__(f"outlines: {key} {values}")
        self.key, self.values = key, values

    def sentence(self, words: Words) -> str:
        """Why the file cannot be used, in the person's language."""
        shown = {
            name: words.number(value, 0 if isinstance(value, int) else 3)
            if isinstance(value, int | float)
            else value
            for name, value in self.values.items()
        }
        return words(f"outlines.{self.key}", **shown)


@dataclass(frozen=True)
class Outlines:
    """The outlines in use: GeoJSON for the browser, whether official, the name of that file.

    ``problem``: why an official file that is there is not used.
    """

    content: bytes
    official: bool = False
    name: str = ""
    problem: OutlinesError | None = None

    @cached_property
    def mark(self) -> str:
        """Changes when the outlines do."""
        return blake2b(self.content, digest_size=8).hexdigest()

    def note(self, words: Words) -> str:
        """What every map says of its outlines."""
        if self.official:
            return words("map.outlines_official", file=self.name)
        return words("map.outlines")


@cache
def approximate() -> bytes:
    """The outlines that are shipped."""
    return resources.files("data.reference").joinpath(FILE).read_bytes()


@dataclass
class Shelf:
    """Where an official file may lie; ``path`` is None where there can be none.

    Several processes may serve the same folder: each looks at the file's date whenever asked.
    """

    path: Path | None
    reference: Any
    _seen: tuple = field(default=(), init=False)
    _kept: Outlines | None = field(default=None, init=False)

    def current(self) -> Outlines:
        """The outlines in use now."""
        seen = self._stamp()
        if self._kept is None or seen != self._seen:
            self._kept, self._seen = self._read(bool(seen)), seen
        return self._kept

    def put(self, content: bytes, name: str) -> Outlines:
        """Check a file and put it in the place of the approximate outlines.

        Raises OutlinesError; what was there before then stays.
        """
        if self.path is None:
            raise OutlinesError("no_place")
        checked = districts_of(content, self.reference)
        collection = json.loads(geojson(checked, self.reference)) | {UPLOADED_AS: short(name)}
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
            os.replace(partial, self.path)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise OutlinesError("not_written", why=error.strerror or "") from error
        return self.current()

    def remove(self) -> Outlines:
        """Go back to the approximate outlines. Raises OutlinesError."""
        try:
            if self.path is not None:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutlinesError("not_written", why=error.strerror or "") from error
        return self.current()

    def _stamp(self) -> tuple:
        try:
            found = self.path.stat() if self.path else None
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else ()

    def _read(self, there: bool) -> Outlines:
        if not there:
            return Outlines(approximate())
        try:
            content = _content(self.path)
            checked = districts_of(content, self.reference)
            name = json.loads(content).get(UPLOADED_AS)
            name = name if isinstance(name, str) and name else self.path.name
            return Outlines(geojson(checked, self.reference), True, short(name))
        except OutlinesError as error:
            return Outlines(approximate(), problem=error)


def shelf(var: Path, reference: Any, environment: Mapping[str, str] = os.environ) -> Shelf:
    """The shelf of an installation."""
    return Shelf(Path(environment.get(SETTING) or Path(var) / FILE), reference)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OutlinesError(
                "too_large", size=size_mb(path.stat().st_size), most=MOST_BYTES / 1e6
            )
        return path.read_bytes()
    except OSError as error:
        raise OutlinesError("not_read", why=error.strerror or "") from error


def short(name: str) -> str:
    """A file's name without its folder, in printable letters, not too long."""
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 1] + "…"


def size_mb(size: int) -> float:
    """Bytes as MB, never rounded down to the limit."""
    return math.ceil(size / 1e3) / 1e3


# --- checking --------------------------------------------------------------------------------


def districts_of(content: bytes, reference: Any) -> dict[str, dict]:
    """The geometry of every district by its code, from a GeoJSON file. Raises OutlinesError."""
    if len(content) > MOST_BYTES:
        raise OutlinesError("too_large", size=size_mb(len(content)), most=MOST_BYTES / 1e6)
    features = _features(content)
    districts = reference.districts
    box = _box(reference.communes)
    found: dict[str, dict] = {}
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise OutlinesError("no_feature", number=number)
        code = _code(feature.get("properties"), districts, number)
        if code in found:
            raise OutlinesError("twice", district=_name(districts, code))
        found[code] = _geometry(feature.get("geometry"), box, number)
    missing = [name for code, name in _named(districts) if code not in found]
    if missing:
        raise OutlinesError("missing", count=len(missing), names=", ".join(missing[:5]))
    return found


def geojson(geometries: dict[str, dict], reference: Any) -> bytes:
    """Checked geometries as the browser gets them, districts in the order of the reference."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": geometries[code],
        }
        for code, name in _named(reference.districts)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _features(content: bytes) -> list:
    def refused(name: str):
        raise ValueError(name)

    try:
        read = json.loads(content.decode("utf-8-sig"), parse_constant=refused)
    except (ValueError, RecursionError):
        raise OutlinesError("not_json") from None
    if not isinstance(read, dict) or read.get("type") != "FeatureCollection":
        raise OutlinesError("not_geojson")
    features = read.get("features")
    if not isinstance(features, list) or not features:
        raise OutlinesError("not_geojson")
    if len(features) > MOST_FEATURES:
        raise OutlinesError("too_many", count=len(features))
    return features


def _box(communes: pd.DataFrame) -> tuple[float, float, float, float]:
    lon, lat, room = communes["lon"], communes["lat"], MARGIN_DEGREES
    return lon.min() - room, lat.min() - room, lon.max() + room, lat.max() + room


def _named(districts: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return zip(districts["code"].tolist(), districts["name"].tolist(), strict=True)


def _name(districts: pd.DataFrame, code: str) -> str:
    return dict(_named(districts))[code]


def _code(properties: Any, districts: pd.DataFrame, number: int) -> str:
    """The district a feature is of: by its code, else by its name; both must agree."""
    given = properties if isinstance(properties, dict) else {}
    plain = {str(key).casefold(): value for key, value in given.items()}
    by_name = {plain_name(name): code for code, name in _named(districts)}
    named = [by_name.get(plain_name(str(plain[key]))) for key in NAMES if key in plain]
    coded = [_padded(plain[key]) for key in CODES if key in plain]
    known = [code for code in coded if code in set(by_name.values())]
    names = [code for code in named if code]
    if known and names and known[0] not in names:
        raise OutlinesError("mismatch", number=number, district=_name(districts, known[0]))
    if not known and not names:
        told = next((str(plain[key]) for key in (*NAMES, *CODES) if key in plain), "–")
        raise OutlinesError("unknown", number=number, name=short(told))
    return (known or names)[0]


def _padded(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return text.zfill(3) if text.isdecimal() else text


def plain_name(name: str) -> str:
    """A district's name without its kind, diacritics and capitals."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    text = " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
    return next((text.removeprefix(kind) for kind in KINDS if text.startswith(kind)), text)


def _geometry(geometry: Any, box: tuple, number: int) -> dict:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise OutlinesError("kind", number=number, kind=short(str(kind)))
    polygons = geometry.get("coordinates")
    if kind == "Polygon":
        polygons = [polygons]
    if not isinstance(polygons, list) or not polygons:
        raise OutlinesError("shape", number=number)
    checked = []
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise OutlinesError("shape", number=number)
        checked.append([_ring(ring, box, number) for ring in polygon])
    return {"type": kind, "coordinates": checked[0] if kind == "Polygon" else checked}


def _ring(ring: Any, box: tuple, number: int) -> list:
    if not isinstance(ring, list) or len(ring) < FEWEST_POSITIONS:
        raise OutlinesError("shape", number=number)
    positions = [_position(position, box, number) for position in ring]
    if positions[0] != positions[-1]:
        raise OutlinesError("shape", number=number)
    return positions


def _position(position: Any, box: tuple, number: int) -> list[float]:
    if not isinstance(position, list) or not 2 <= len(position) <= 4:
        raise OutlinesError("shape", number=number)
    lon, lat = position[:2]
    if not all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in (lon, lat)
    ):
        raise OutlinesError("shape", number=number)
    west, south, east, north = box
    if not (west <= lon <= east and south <= lat <= north):
        raise OutlinesError("outside", number=number)
    return [round(lon, DECIMALS), round(lat, DECIMALS)]
