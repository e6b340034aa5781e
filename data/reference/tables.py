"""The reference tables: one row model per CSV file, with the meaning, unit and bounds of a column.

Every column is declared with its name in Vietnamese, its meaning in English and its unit; the
loader checks against these models, and ``describe`` shows them to a reader.
"""

import datetime
import re
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

CERTAINTIES = ("official", "derived", "assumed", "estimated")
Certainty = Literal["official", "derived", "assumed", "estimated"]
CertaintyOrNone = Literal["", "official", "derived", "assumed", "estimated"]
Kind = Literal["branch", "reception_point", "one_stop", "city_unit"]
Accepts = Literal["all", "commune", "district", "land", "city", "commune+district"]
NetworkName = Literal["plan-30-branches", "as-built", "before"]
Level = Literal["commune", "district", "city"]
PhaseId = Literal["phase_1", "phase_2", "phase_3"]
PHASE_COLUMNS = ("before", "phase_1", "phase_2", "phase_3")


def _day(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise PydanticCustomError("day", "is not a date")
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day", "is not a day of the calendar") from None
    return value


def _yes_no(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise PydanticCustomError("yes_no", "is neither true nor false")
        return value == "true"
    return value


Day = Annotated[datetime.date, BeforeValidator(_day)]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]


def col(vi: str, en: str, unit: str = "", **bounds):
    """A column: name in Vietnamese, meaning in English, unit, and pydantic's bounds."""
    return Field(title=vi, description=en, json_schema_extra={"unit": unit}, **bounds)


def code_col(vi: str, en: str, pattern: str = r"^[A-Za-z0-9_.+-]{1,60}$"):
    """A column holding a code or id."""
    return col(vi, en, pattern=pattern)


def text_col(vi: str, en: str):
    """A column of text that must not be empty."""
    return col(vi, en, min_length=1)


def lat_col():
    """A latitude inside Hanoi's box."""
    return col("Vĩ độ", "latitude, WGS 84, inside Hanoi's box", "°", ge=20.4, le=21.5)


def lon_col():
    """A longitude inside Hanoi's box."""
    return col("Kinh độ", "longitude, WGS 84, inside Hanoi's box", "°", ge=105.2, le=106.2)


def share_col(vi: str, en: str):
    """A share between 0 and 1."""
    return col(vi, en, "share", ge=0, le=1)


def people_col(vi: str, en: str):
    """A number of people, at least one."""
    return col(vi, en, "person", ge=1, le=20_000_000)


def counters_col(vi: str, en: str):
    """A number of open counters."""
    return col(vi, en, "counter", ge=0, le=60)


DISTRICT = r"^\d{3}$"
COMMUNE = r"^\d{5}$"


class Row(BaseModel):
    """A row of a reference table; ``certainty`` and ``source`` are its credentials."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    heading: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    refers: ClassVar[dict[str, tuple[str, str]]] = {}
    ordered: ClassVar[tuple[tuple[str, str], ...]] = ()


class Credentials(Row):
    """Columns at the end of every table but ``sources``."""

    certainty: Certainty = col("Độ chắc chắn", "how sure the value is")
    source: str = code_col("Nguồn", "id in sources")


class Sources(Row):
    """Where values come from, and how far they can be trusted."""

    heading = "Nguồn số liệu"
    key = ("id",)
    id: str = code_col("Mã", "id used in column source of every table")
    title_vi: str = text_col("Tên nguồn", "title in Vietnamese")
    title_en: str = text_col("Tên nguồn (tiếng Anh)", "title in English")
    note_vi: str = col("Ghi chú", "what it bounds, the rule or the reason, in Vietnamese")
    note_en: str = col("Ghi chú (tiếng Anh)", "what it bounds, the rule or the reason, in English")
    date: Day | None = col("Ngày", "date of the document, of its force, or of the last day covered")
    confidence: Literal["H", "M", "L", "-"] = col(
        "Độ tin cậy", "H named official figure, M one source, L weak, - not a publication"
    )


class Communes(Credentials):
    """The 579 communes, wards and townships that existed until 31 December 2024."""

    heading = "579 xã, phường, thị trấn (đến 31/12/2024)"
    key = ("code",)
    refers = {"district_code": ("districts", "code")}
    code: str = code_col("Mã", "official code", COMMUNE)
    name: str = text_col("Tên", "name without its type")
    type: Literal["phường", "xã", "thị trấn"] = col("Loại", "ward, commune or township")
    district_code: str = code_col("Mã quận, huyện", "its district", DISTRICT)
    lat: float = lat_col()
    lon: float = lon_col()
    area_km2: float = col("Diện tích", "area", "km²", gt=0, le=1_000)
    population_2019: int = people_col("Dân số 2019", "census of 1 April 2019")
    population_2024: int = people_col("Dân số 2024 (ước tính)", "estimate for 2024")
    successors: str = col(
        "Đơn vị kế thừa 2025",
        "communes since 1 July 2025 and the share of the population each took over, code:share;...",
        pattern=r"^\d{5}:[01]\.\d{2}(;\d{5}:[01]\.\d{2})*$",
    )
    population_2024_certainty: Certainty = col("Độ chắc chắn dân số 2024", "of population_2024")
    population_2024_source: str = code_col("Nguồn dân số 2024", "of population_2024")
    position_certainty: Certainty = col("Độ chắc chắn vị trí", "of lat and lon")
    position_source: str = code_col("Nguồn vị trí", "of lat and lon")
    successors_certainty: Certainty = col("Độ chắc chắn đơn vị kế thừa", "of successors")
    successors_source: str = code_col("Nguồn đơn vị kế thừa", "of successors")


class Communes2025(Credentials):
    """The 126 communes and wards since 1 July 2025."""

    heading = "126 xã, phường (từ 1/7/2025)"
    key = ("code",)
    refers = {"main_district": ("districts", "code")}
    code: str = code_col("Mã", "official code", COMMUNE)
    name: str = text_col("Tên", "name without its type")
    type: Literal["phường", "xã"] = col("Loại", "ward or commune")
    area_km2: float = col("Diện tích", "area", "km²", gt=0, le=1_000)
    population: int = people_col("Dân số", "population in the project documents")
    lat: float = lat_col()
    lon: float = lon_col()
    main_district: str = code_col(
        "Quận, huyện cũ chính", "former district of most people", DISTRICT
    )
    old_districts: str = col(
        "Các quận, huyện cũ", "former districts it touches, by ;", pattern=r"^\d{3}(;\d{3})*$"
    )
    hq_address: str = text_col("Trụ sở", "address of its office")
    position_certainty: Certainty = col("Độ chắc chắn vị trí", "of lat and lon")
    position_source: str = code_col("Nguồn vị trí", "of lat and lon")


class Districts(Credentials):
    """The 30 districts (abolished on 1 July 2025), with the seat of their one-stop unit."""

    heading = "30 quận, huyện, thị xã (đến 30/6/2025)"
    key = ("code",)
    code: str = code_col("Mã", "official code", DISTRICT)
    name: str = text_col("Tên", "name without its type")
    type: Literal["quận", "huyện", "thị xã"] = col("Loại", "urban district, rural district, town")
    urban: YesNo = col("Đô thị", "one of the 12 urban districts (quận): “urban” for travel speeds")
    population_2019: int = people_col("Dân số 2019", "census of 1 April 2019")
    population_2024: int = people_col("Dân số 2024 (ước tính)", "estimate for 2024")
    area_km2: float = col("Diện tích", "area", "km²", gt=0, le=1_000)
    centroid_lat: float = lat_col()
    centroid_lon: float = lon_col()
    seat_address: str = text_col("Địa chỉ bộ phận một cửa", "address of its one-stop unit")
    seat_lat: float = lat_col()
    seat_lon: float = lon_col()
    seat_precision_m: int = col("Sai số vị trí", "the seat lies within", "m", ge=0, le=20_000)
    region_branch: int = col("Chi nhánh khu vực", "number of its regional branch", ge=1, le=12)
    population_2024_certainty: Certainty = col("Độ chắc chắn dân số 2024", "of population_2024")
    population_2024_source: str = code_col("Nguồn dân số 2024", "of population_2024")
    centroid_certainty: Certainty = col("Độ chắc chắn tâm", "of the centroid")
    centroid_source: str = code_col("Nguồn tâm", "of the centroid")
    seat_certainty: Certainty = col("Độ chắc chắn trụ sở", "of the seat")
    seat_source: str = code_col("Nguồn trụ sở", "of the seat")
    region_branch_certainty: Certainty = col("Độ chắc chắn chi nhánh", "of region_branch")
    region_branch_source: str = code_col("Nguồn chi nhánh", "of region_branch")


class Fields(Credentials):
    """Fields of administration."""

    heading = "Lĩnh vực"
    key = ("id",)
    id: str = code_col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    level: Level = col("Cấp", "level that decides")
    pool: Literal["general", "land"] = col("Nhóm quầy", "counters that receive it")
    mix: float = share_col("Tỷ trọng", "share of the city's dossiers; the fields sum to 1")


class Procedures(Credentials):
    """Procedures; ``certainty`` and ``source`` are of the code and the statutory time."""

    heading = "Thủ tục hành chính"
    key = ("id",)
    refers = {"field": ("fields", "id")}
    id: str = code_col("Mã", "id")
    code: str = col("Mã thủ tục", "national code, empty if unknown", pattern=r"^(\d\.\d{6})?$")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    field: str = code_col("Lĩnh vực", "id in fields")
    level: Level = col("Cấp", "level that decides")
    statutory_days: int = col(
        "Thời hạn", "statutory time; 0 is the same day", "working day", ge=0, le=250
    )
    documents: int = col("Thành phần hồ sơ", "components asked for", "document", ge=1, le=20)
    fee: YesNo = col("Có phí, lệ phí", "whether a fee is due")
    share_in_field: float = share_col("Tỷ trọng trong lĩnh vực", "sums to 1 in each field")
    documents_certainty: Certainty = col("Độ chắc chắn thành phần hồ sơ", "of documents")
    documents_source: str = code_col("Nguồn thành phần hồ sơ", "of documents")
    fee_certainty: Certainty = col("Độ chắc chắn phí, lệ phí", "of fee")
    fee_source: str = code_col("Nguồn phí, lệ phí", "of fee")
    share_in_field_certainty: Certainty = col("Độ chắc chắn tỷ trọng", "of share_in_field")
    share_in_field_source: str = code_col("Nguồn tỷ trọng", "of share_in_field")


class ServiceTimes(Credentials):
    """Minutes of work on a dossier, at the counter and at the officer's desk."""

    heading = "Thời gian phục vụ và xử lý"
    key = ("field", "what")
    refers = {"field": ("fields", "id")}
    field: str = code_col("Lĩnh vực", "id in fields")
    what: Literal["reception", "officer_work"] = col(
        "Công việc", "at the counter (without guidance and digitising), or at the officer's desk"
    )
    mean_min: float = col("Trung bình", "mean", "minute", gt=0, le=4_800)
    cv: float = col("Hệ số biến thiên", "standard deviation / mean", "ratio", ge=0, le=3)


class Calendar(Credentials):
    """Days off on weekdays, and Saturdays worked in exchange."""

    heading = "Ngày nghỉ và ngày làm bù"
    key = ("date",)
    date: Day = col("Ngày", "day")
    kind: Literal["off", "worked"] = col("Loại", "day off, or Saturday worked in exchange")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")


class Phases(Credentials):
    """The three phases of the pilot."""

    heading = "Giai đoạn"
    key = ("id",)
    ordered = (("start", "end"),)
    id: PhaseId = col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    start: Day = col("Từ ngày", "first day")
    end: Day = col("Đến ngày", "last day")


class Milestones(Credentials):
    """What was planned and what happened; ``certainty`` and ``source`` are of the event."""

    heading = "Mốc thực hiện"
    key = ("id",)
    refers = {"phase": ("phases", "id"), "target_id": ("targets", "id")}
    id: str = code_col("Mã", "id")
    phase: PhaseId = col("Giai đoạn", "phase it belongs to")
    name_vi: str = text_col("Mốc", "what, in Vietnamese")
    name_en: str = text_col("Mốc (tiếng Anh)", "what, in English")
    due: Day | None = col("Hạn", "day by which the plan wants it; empty if the plan names none")
    done: Day | None = col("Hoàn thành", "day it happened; empty if not, or judged by the measure")
    kpi: str = code_col("Chỉ số", "measure that judges it, or empty", r"^[a-z0-9_]*$")
    target_id: str = code_col("Mục tiêu", "id in targets, or empty", r"^[a-z0-9_]*$")
    due_certainty: CertaintyOrNone = col("Độ chắc chắn hạn", "of due; empty without a due day")


class Targets(Credentials):
    """What was promised: a limit (no kpi) or the value a measure has to reach."""

    heading = "Mục tiêu"
    key = ("id",)
    refers = {"unit": ("units_of_measure", "id")}
    id: str = code_col("Mã", "id")
    kpi: str = code_col("Chỉ số", "measure it is for; empty for a limit", r"^[a-z0-9_]*$")
    phase: Literal["all", "phase_1", "phase_2", "phase_3"] = col("Giai đoạn", "phase, or all")
    value: float = col("Giá trị", "value, in the unit", ge=0, le=1_000_000)
    unit: str = text_col("Đơn vị", "unit of value, id in units_of_measure")
    better: Literal["higher", "lower"] = col("Chiều tốt", "which way is better")
    holds_from: Day = col("Áp dụng từ", "first day it holds; the latest one counts")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")


class TravelSpeeds(Credentials):
    """Door-to-door speeds on the road: triangular from low over mode to high."""

    heading = "Tốc độ di chuyển"
    key = ("mode", "area", "period")
    refers = {"mode": ("travel_modes", "mode")}
    mode: str = code_col("Phương tiện", "mode of travel")
    area: Literal["urban", "suburban"] = col("Khu vực", "urban: the 12 quận; else suburban")
    period: Literal["peak", "off_peak"] = col("Thời điểm", "see travel_periods")
    low_kmh: float = col("Thấp", "slowest", "km/h", gt=0, le=120)
    mode_kmh: float = col("Thường gặp", "most likely", "km/h", gt=0, le=120)
    high_kmh: float = col("Cao", "fastest", "km/h", gt=0, le=120)


class TravelModes(Credentials):
    """How people travel to a site."""

    heading = "Phương tiện"
    key = ("mode",)
    mode: str = code_col("Phương tiện", "id")
    share: float = share_col("Tỷ trọng", "share of trips; the modes sum to 1")
    overhead_min: float = col(
        "Thời gian cộng thêm", "parking, waiting, walking", "minute", ge=0, le=120
    )
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")


class TravelPeriods(Credentials):
    """Which hours count as peak; the rows cover the week once."""

    heading = "Giờ cao điểm giao thông"
    key = ("weekday_from", "minute_from")
    period: Literal["peak", "off_peak"] = col("Thời điểm", "peak or off-peak")
    weekday_from: int = col("Từ thứ", "first weekday, 0 is Monday", ge=0, le=6)
    weekday_to: int = col("Đến thứ", "last weekday, 6 is Sunday", ge=0, le=6)
    minute_from: int = col("Từ phút", "minutes after midnight", "minute", ge=0, le=1439)
    minute_to: int = col("Đến phút", "minutes after midnight, exclusive", "minute", ge=1, le=1440)


class DemandHours(Credentials):
    """When people arrive at the door, by interval of the day."""

    heading = "Giờ người dân đến"
    key = ("minute_from",)
    minute_from: int = col("Từ phút", "minutes after midnight", "minute", ge=0, le=1439)
    minute_to: int = col("Đến phút", "minutes after midnight, exclusive", "minute", ge=1, le=1440)
    weekday: float = share_col("Ngày làm việc", "share of a working day's arrivals; sums to 1")
    saturday: float = share_col("Thứ Bảy", "share of a Saturday's arrivals; sums to 1")


class DemandWeekdays(Credentials):
    """Demand at the counter by day of the week; the mean of Monday to Friday is 1."""

    heading = "Nhu cầu theo thứ"
    key = ("weekday",)
    weekday: int = col("Thứ", "0 is Monday", ge=0, le=6)
    factor: float = col("Hệ số", "against an average working day", "factor", ge=0, le=10)


class DemandMonths(Credentials):
    """Demand by month; the mean is 1."""

    heading = "Nhu cầu theo tháng"
    key = ("month",)
    month: int = col("Tháng", "month of the year", ge=1, le=12)
    factor: float = col("Hệ số", "against the average month", "factor", ge=0, le=10)


class DemandSurge(Credentials):
    """Surge on the first working days after a long closure."""

    heading = "Nhu cầu sau kỳ nghỉ"
    key = ("working_day_after",)
    working_day_after: int = col("Ngày làm việc thứ", "after the closure, from 1", ge=1, le=30)
    closure_days_min: int = col(
        "Số ngày đóng cửa từ", "shortest closure that counts", "day", ge=1, le=60
    )
    factor: float = col("Hệ số", "against the same day otherwise", "factor", ge=0, le=10)


class OnlineHours(Credentials):
    """When people submit online, by hour, on every day."""

    heading = "Giờ nộp trực tuyến"
    key = ("hour",)
    hour: int = col("Giờ", "hour of the day", ge=0, le=23)
    weight: float = share_col("Tỷ trọng", "share of the day; sums to 1")


class Sites(Credentials):
    """Every place of reception in any network (derived by derive.py)."""

    heading = "Nơi tiếp nhận"
    key = ("id",)
    refers = {"district_code": ("districts", "code")}
    id: str = code_col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    kind: Kind = col("Loại", "branch, reception point, one-stop unit or city unit")
    district_code: str = code_col("Mã quận, huyện", "district it stands in", DISTRICT)
    lat: float = lat_col()
    lon: float = lon_col()
    precision_m: int = col("Sai số vị trí", "the point lies within", "m", ge=0, le=20_000)
    units: int = col("Số đầu mối", "reception units the row stands for", "unit", ge=1, le=100)


class Networks(Credentials):
    """Which sites a network opens and with how many counters.

    ``certainty`` and ``source`` are of the counters and what is accepted; the columns
    ``dates_*`` of the opening and closing dates.
    """

    heading = "Mạng lưới tiếp nhận"
    key = ("network", "site_id")
    refers = {"site_id": ("sites", "id")}
    network: NetworkName = col("Mạng lưới", "name")
    site_id: str = code_col("Nơi tiếp nhận", "id in sites")
    opens: Day = col("Mở từ", "first day")
    closes: Day | None = col("Đóng từ", "first day no longer open; empty if it stays")
    general_am: int = counters_col("Quầy tổng hợp, sáng", "general counters, weekday mornings")
    general_pm: int = counters_col("Quầy tổng hợp, chiều", "general counters, weekday afternoons")
    general_sat: int = counters_col("Quầy tổng hợp, thứ Bảy", "general counters, Saturday mornings")
    land_am: int = counters_col("Quầy đất đai, sáng", "land counters, weekday mornings")
    land_pm: int = counters_col("Quầy đất đai, chiều", "land counters, weekday afternoons")
    land_sat: int = counters_col("Quầy đất đai, thứ Bảy", "land counters, Saturday mornings")
    accepts: Accepts = col("Tiếp nhận", "level of procedures accepted")
    dates_certainty: Certainty = col("Độ chắc chắn ngày", "of opens and closes")
    dates_source: str = code_col("Nguồn ngày", "of opens and closes")


class Units(Credentials):
    """Who is responsible: teams that process dossiers (derived by derive.py)."""

    heading = "Đơn vị giải quyết"
    key = ("id",)
    refers = {"district_code": ("districts", "code"), "field": ("fields", "id")}
    id: str = code_col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    district_code: str = code_col(
        "Mã quận, huyện", "its district; empty for the city", r"^(\d{3})?$"
    )
    field: str = code_col("Lĩnh vực", "id in fields")
    officers: int = col("Cán bộ", "officers who process dossiers", "person", ge=1, le=2_000)


class Rules(Credentials):
    """Rules of law and practice that the model follows; a value stands in its lever."""

    heading = "Quy định và quy tắc nghiệp vụ"
    key = ("id",)
    refers = {"lever": ("levers", "path")}
    id: str = code_col("Mã", "id")
    rule_vi: str = text_col("Quy định", "rule in Vietnamese")
    rule_en: str = text_col("Quy định (tiếng Anh)", "rule in English")
    lever: str = code_col(
        "Tham số", "path in levers that holds its value, or empty", r"^[a-z_0-9.]*$"
    )
    holds_from: Day | None = col("Áp dụng từ", "first day it holds; empty if throughout")


class UnitsOfMeasure(Row):
    """Names of the units used in column ``unit`` of the tables."""

    heading = "Đơn vị đo"
    key = ("id",)
    id: str = text_col("Mã", "as written in column unit")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")


class Levers(Credentials):
    """What a scenario may change: default, bounds and reason of every lever."""

    heading = "Tham số của kịch bản"
    key = ("path",)
    refers = {"unit": ("units_of_measure", "id")}
    path: str = code_col("Tham số", "dotted path in a scenario", r"^[a-z_0-9]+(\.[a-z_0-9]+)+$")
    value: str = col("Giá trị", "default, as text; empty where it differs by phase")
    before: float | None = col("Trước thí điểm", "default before the pilot")
    phase_1: float | None = col("Giai đoạn 1", "default in phase 1")
    phase_2: float | None = col("Giai đoạn 2", "default in phase 2")
    phase_3: float | None = col("Giai đoạn 3", "default in phase 3")
    low: float | None = col("Nhỏ nhất", "smallest value allowed")
    high: float | None = col("Lớn nhất", "largest value allowed")
    unit: str = text_col("Đơn vị", "unit of the values")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    why_vi: str = text_col("Lý do", "why this default, in Vietnamese")
    why_en: str = text_col("Lý do (tiếng Anh)", "why this default, in English")
    phase_3_certainty: CertaintyOrNone = col(
        "Độ chắc chắn giai đoạn 3", "of phase_3 where it differs from the row's; else empty"
    )
    phase_3_source: str = code_col(
        "Nguồn giai đoạn 3", "of phase_3 where it differs from the row's", r"^[a-z0-9_]*$"
    )


class Satisfaction(Credentials):
    """Coefficients of the satisfaction model."""

    heading = "Mô hình hài lòng"
    key = ("factor", "driver")
    factor: str = code_col("Yếu tố", "SIPAS factor")
    driver: str = code_col("Tác nhân", "what the person lived through")
    coefficient: float = col("Hệ số", "coefficient")
    unit: str = text_col("Đơn vị", "unit of the coefficient")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    why_vi: str = text_col("Lý do", "why, in Vietnamese")
    why_en: str = text_col("Lý do (tiếng Anh)", "why, in English")


class Index766(Credentials):
    """Components of Index 766; the score is min(max, max × r / full_at) for a rate r."""

    heading = "Thành phần Bộ chỉ số 766"
    key = ("id",)
    refers = {"group": ("index_766_groups", "id")}
    id: str = code_col("Mã", "id")
    group: str = code_col("Nhóm", "id in index_766_groups")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    max: float | None = col(
        "Điểm tối đa", "most points; empty if displayed only", "point", gt=0, le=100
    )
    full_at: float | None = col(
        "Tỷ lệ đạt điểm tối đa", "rate at which the maximum is reached", "share", gt=0, le=1
    )
    rule_vi: str = text_col("Cách tính", "rule in Vietnamese")
    rule_en: str = text_col("Cách tính (tiếng Anh)", "rule in English")


class Index766Groups(Credentials):
    """Groups of Index 766."""

    heading = "Nhóm chỉ số của Bộ chỉ số 766"
    key = ("id",)
    id: str = code_col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    max: float = col("Điểm tối đa", "most points; the groups sum to 100", "point", gt=0, le=100)


class Index766Bands(Credentials):
    """Bands of the Index 766 total."""

    heading = "Xếp loại Bộ chỉ số 766"
    key = ("id",)
    id: str = code_col("Mã", "id")
    low: float = col("Từ điểm", "lowest total of the band", "point", ge=0, le=100)
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")


class Index766Inputs(Row):
    """Rates of components the model cannot know; empty where nothing is published."""

    heading = "Đầu vào Bộ chỉ số 766 ngoài mô hình"
    key = ("id", "period")
    refers = {"id": ("index_766", "id")}
    id: str = code_col("Mã", "id in index_766")
    value: float | None = share_col("Tỷ lệ", "rate; empty if not published")
    period: str = col("Kỳ", "month YYYY-MM; empty without a value", pattern=r"^(\d{4}-\d{2})?$")
    certainty: CertaintyOrNone = col("Độ chắc chắn", "empty without a value")
    source: str = code_col("Nguồn", "id in sources")


class Index766Published(Credentials):
    """Hanoi's published Index 766 scores."""

    heading = "Điểm Bộ chỉ số 766 đã công bố"
    key = ("period", "component_or_group")
    period: str = col("Kỳ", "month YYYY-MM", pattern=r"^\d{4}-\d{2}$")
    component_or_group: str = code_col(
        "Thành phần hoặc nhóm", "id of a component or group, or total"
    )
    value: float = col("Điểm", "score", "point", ge=0, le=100)


class Published(Credentials):
    """Published figures that the model is compared with."""

    heading = "Số liệu công bố để đối chiếu"
    key = ("id",)
    refers = {"unit": ("units_of_measure", "id")}
    ordered = (("period_start", "period_end"), ("low", "high"))
    id: str = code_col("Mã", "id")
    name_vi: str = text_col("Tên", "name in Vietnamese")
    name_en: str = text_col("Tên (tiếng Anh)", "name in English")
    scenario: Literal["", "plan-30-branches", "as-built", "before"] = col(
        "Kịch bản", "scenario it describes; empty for any"
    )
    period_start: Day = col("Từ ngày", "first day")
    period_end: Day = col("Đến ngày", "last day")
    scope: str = col(
        "Phạm vi",
        "city, or level:…, field:…, district:…, site:…, kind:…",
        pattern=r"^(city|(level|field|district|site|kind):[A-Za-z0-9_]+)$",
    )
    low: float | None = col("Từ", "lower end of a range")
    high: float | None = col("Đến", "upper end of a range")
    value: float | None = col("Giá trị", "value, where it is not a range")
    unit: str = text_col("Đơn vị", "unit of the values")
    kpi: str = code_col("Chỉ số", "measure to compare, or empty", r"^[a-z0-9_]*$")


class Sipas(Credentials):
    """Satisfaction index (SIPAS) by year."""

    heading = "Chỉ số hài lòng SIPAS"
    key = ("year", "who")
    year: int = col("Năm", "year", ge=2012, le=2100)
    who: Literal["hanoi", "country"] = col("Đối tượng", "Hanoi or the country")
    value: float = col("Điểm", "satisfaction", "%", ge=0, le=100)
    rank: int | None = col("Thứ hạng", "rank of 63 provinces; empty for the country", ge=1, le=63)


TABLES: dict[str, type[Row]] = {
    "sources": Sources,
    "communes": Communes,
    "communes_2025": Communes2025,
    "districts": Districts,
    "fields": Fields,
    "procedures": Procedures,
    "service_times": ServiceTimes,
    "calendar": Calendar,
    "phases": Phases,
    "milestones": Milestones,
    "targets": Targets,
    "travel_speeds": TravelSpeeds,
    "travel_modes": TravelModes,
    "travel_periods": TravelPeriods,
    "demand_hours": DemandHours,
    "demand_weekdays": DemandWeekdays,
    "demand_months": DemandMonths,
    "demand_surge": DemandSurge,
    "online_hours": OnlineHours,
    "sites": Sites,
    "networks": Networks,
    "units": Units,
    "rules": Rules,
    "units_of_measure": UnitsOfMeasure,
    "levers": Levers,
    "satisfaction": Satisfaction,
    "index_766": Index766,
    "index_766_groups": Index766Groups,
    "index_766_bands": Index766Bands,
    "index_766_inputs": Index766Inputs,
    "index_766_published": Index766Published,
    "published": Published,
    "sipas": Sipas,
}


def nullable(annotation: Any) -> bool:
    """Whether an empty cell of this type means “no value”."""
    return type(None) in get_args(annotation)
