"""Official outlines in the place of the approximate ones."""

import json

import pytest
from starlette.requests import Request

from dashboard import frame, outlines, static
from dashboard.outlines import OutlinesError, Shelf
from dashboard.pages.outlines_panel import decoded, panel
from dashboard.text import words
from data.reference import load
from tests.dashboard.memory import MemorySource


def collection(**changes):
    """The outlines that are shipped, as somebody might supply them."""
    return json.loads(outlines.approximate()) | changes


def as_bytes(value) -> bytes:
    return json.dumps(value).encode()


def refused(content: bytes) -> str:
    with pytest.raises(OutlinesError) as error:
        outlines.districts_of(content, load())
    for lang in ("vi", "en"):
        assert error.value.sentence(words(lang))
    return error.value.key


def changed(change) -> bytes:
    """The shipped outlines with something done to their features."""
    value = collection()
    change(value["features"])
    return as_bytes(value)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "outlines.geojson", load())


def test_a_sound_file_has_all_districts(shelf):
    found = shelf.put(as_bytes(collection()), r"C:\ban do\ranh-gioi.geojson")
    assert found.official and found.name == "ranh-gioi.geojson"
    features = json.loads(found.content)["features"]
    assert [f["properties"]["code"] for f in features] == load().districts["code"].tolist()
    assert "ranh-gioi.geojson" in found.note(words("vi"))


def test_districts_are_known_by_name_with_and_without_their_kind():
    def only_names(features):
        for number, feature in enumerate(features):
            name = feature["properties"]["name"]
            short = (
                name.removeprefix("Quận ").removeprefix("Huyện ").upper() if number % 2 else name
            )
            feature["properties"] = {"TEN_HUYEN": short}

    assert len(outlines.districts_of(changed(only_names), load())) == 30


def test_nothing_else_of_the_file_leaves_the_server(shelf):
    def hostile(features):
        features[0]["properties"]["name"] = "Ba Đình"
        features[0]["properties"]["note"] = "<script>alert(1)</script>"
        features[0]["evil"] = "<img src=x>"

    content = shelf.put(changed(hostile), "<b>x</b>.geojson").content
    assert b"script" not in content and b"evil" not in content


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("not_json", b"\xff\xfe\x00"),
        ("not_json", b"{"),
        ("not_json", b'{"type": NaN}'),
        ("not_json", b"[" * 200_000),
        ("not_geojson", b"[]"),
        ("not_geojson", b'{"type": "FeatureCollection", "features": []}'),
        ("not_geojson", b'{"type": "FeatureCollection", "features": {"a": 1}}'),
        ("no_feature", as_bytes(collection(features=[3]))),
        ("too_many", as_bytes(collection(features=[1] * 1001))),
        ("too_large", b" " * (outlines.MOST_BYTES + 1)),
    ],
)
def test_what_is_no_geojson_is_refused(key, content):
    assert refused(content) == key


def drop(features):
    features.pop()


def double(features):
    features.append(features[0])


def rename(features):
    features[3]["properties"] = {"name": "Quận Không Có"}


def nameless(features):
    features[3]["properties"] = None


def mix(features):
    features[0]["properties"]["name"] = "Hoàn Kiếm"


def point(features):
    features[2]["geometry"] = {"type": "Point", "coordinates": [105.8, 21.0]}


def nothing(features):
    features[2]["geometry"] = None


def swap(features):
    ring = features[1]["geometry"]["coordinates"][0]
    features[1]["geometry"]["coordinates"][0] = [[lat, lon] for lon, lat in ring]


def metres(features):
    features[1]["geometry"]["coordinates"] = [[[587000, 2325000]] * 4]


def unclosed(features):
    features[1]["geometry"]["coordinates"][0].pop()


def words_for_numbers(features):
    features[1]["geometry"]["coordinates"][0][0] = ["105.8", "21.0"]


def flat(features):
    features[1]["geometry"]["coordinates"] = [105.8, 21.0, 105.9, 21.1]


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("missing", drop),
        ("twice", double),
        ("unknown", rename),
        ("unknown", nameless),
        ("mismatch", mix),
        ("kind", point),
        ("kind", nothing),
        ("outside", swap),
        ("outside", metres),
        ("shape", unclosed),
        ("shape", words_for_numbers),
        ("shape", flat),
    ],
)
def test_a_file_that_does_not_fit_the_districts_is_refused(key, change):
    assert refused(changed(change)) == key


def test_a_refused_file_leaves_the_one_before(shelf):
    before = shelf.put(as_bytes(collection()), "first.geojson")
    with pytest.raises(OutlinesError):
        shelf.put(b"{}", "second.geojson")
    assert shelf.current() == before


def test_a_broken_file_in_the_folder_is_said_and_the_approximate_outlines_stay(shelf):
    shelf.path.write_text("{}")
    found = shelf.current()
    assert not found.official and found.content == outlines.approximate()
    assert found.problem.key == "not_geojson"
    source = MemorySource(outlines_file=shelf.path)
    assert words("vi")("outlines.not_geojson") in str(panel(source, words("vi")))


def test_a_folder_in_the_place_of_the_file_is_said(shelf):
    shelf.path.mkdir()
    assert shelf.current().problem.key == "not_read"


def test_a_huge_file_in_the_folder_is_not_read(shelf):
    with shelf.path.open("wb") as file:
        file.truncate(outlines.MOST_BYTES + 1)
    assert shelf.current().problem.key == "too_large"


def test_the_file_can_be_taken_away_again(shelf):
    shelf.put(as_bytes(collection()), "x.geojson")
    assert not shelf.remove().official
    assert not shelf.remove().official


def test_two_processes_see_the_same_file(shelf):
    other = Shelf(shelf.path, load())
    assert not other.current().official
    shelf.put(as_bytes(collection()), "x.geojson")
    assert other.current().official


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    shelf = Shelf(tmp_path / "file" / "outlines.geojson", load())
    with pytest.raises(OutlinesError) as error:
        shelf.put(as_bytes(collection()), "x.geojson")
    assert error.value.key == "not_written"


def test_a_setting_names_the_file(tmp_path):
    assert outlines.shelf(tmp_path, load(), {}).path == tmp_path / outlines.FILE
    named = {outlines.SETTING: str(tmp_path / "own.geojson")}
    assert outlines.shelf(tmp_path, load(), named).path == tmp_path / "own.geojson"


@pytest.mark.parametrize("contents", ["", "data:,", "data:a;base64,@@@"])
def test_an_upload_that_is_no_file_is_refused(contents):
    with pytest.raises(OutlinesError):
        outlines.districts_of(decoded(contents), load())


def asked(shelf, mark: str = ""):
    """What a browser gets that already has outlines of a mark."""
    headers = [(b"if-none-match", mark.encode())]
    return static.answer_outlines(shelf.current)(Request({"type": "http", "headers": headers}))


def test_maps_get_the_outlines_in_use_and_only_when_they_changed(shelf):
    first = asked(shelf)
    mark = first.headers["etag"]
    assert first.body == outlines.approximate()
    assert asked(shelf, mark).status_code == 304
    shelf.put(as_bytes(collection()), "x.geojson")
    second = asked(shelf, mark)
    assert second.status_code == 200 and second.body == shelf.current().content


def test_every_page_says_which_outlines_its_maps_have(shelf):
    source = MemorySource(outlines_file=shelf.path)
    assert "gần đúng" in str(frame.footer(source, words("vi")))
    shelf.put(as_bytes(collection()), "nghi-dinh.geojson")
    assert "nghi-dinh.geojson" in str(frame.footer(source, words("vi")))
    assert "nghi-dinh.geojson" in str(panel(source, words("en")))
