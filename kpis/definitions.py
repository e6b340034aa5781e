"""Every KPI, declared once: what it is called, how it is computed, what it means."""

from dataclasses import dataclass

from kpis.formulas import Formula, Percentile, ratio, total
from kpis.index766 import Points
from kpis.measures import DAY_MS, MINUTE_MS, SCORE_UNITS, STOCK
from kpis.satisfaction import TURNED_AWAY

STOCKS = {m.name for m in STOCK}
ENDED = ("served", "sent_home", "impatient", "closed_out", "no_ticket")
LEFT = tuple(outcome.name.lower() for outcome in TURNED_AWAY)


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    vi: str
    en: str


@dataclass(frozen=True)
class KPI:
    """A measure of performance.

    ``unit``: share, minute, day, visit, dossier, unit or point; ``better``: higher, lower or
    neither; ``value``: its formula; ``target``: id of its row in ``targets.csv``; ``meaning``:
    what it means for the person reading it.
    """

    id: str
    group: str
    name: Text
    unit: str
    better: str
    value: Formula
    meaning: Text
    formula: Text
    target: str | None = None

    @property
    def is_stock(self) -> bool:
        """Whether it is the state at the end of the period's last day instead of a sum."""
        return any(name in STOCKS for name in self.value.measures)


GROUPS = {
    "counter": Text("Tại quầy", "At the counter"),
    "on_time": Text("Đúng hạn", "On time"),
    "digitised": Text("Số hóa và tái sử dụng", "Digitised and reused"),
    "online": Text("Trực tuyến", "Online"),
    "access": Text("Tiếp cận", "Access"),
    "satisfaction": Text("Hài lòng", "Satisfaction"),
    "index_766": Text("Bộ chỉ số 766", "Index 766"),
    "workload": Text("Khối lượng công việc", "Workload"),
    "volume": Text("Số lượng", "Volumes"),
}

COUNTER = (
    KPI(
        id="transaction_within_15_min",
        group="counter",
        name=Text(
            "Giao dịch trực tiếp không quá 15 phút", "Counter transactions within 15 minutes"
        ),
        unit="share",
        better="higher",
        value=ratio("transactions_within_limit", "transactions"),
        target="counter_transaction_15_min",
        meaning=Text(
            "Trong 100 hồ sơ nộp tại quầy, bao nhiêu hồ sơ được tiếp nhận xong trong 15 phút kể "
            "từ khi đến lượt. Đây là cam kết của phương án.",
            "Out of 100 dossiers handed in at a counter, how many were dealt with within 15 "
            "minutes of being called. This is what the plan promises.",
        ),
        formula=Text(
            "Số hồ sơ có thời gian giao dịch ≤ 15 phút / số hồ sơ tiếp nhận tại quầy",
            "Dossiers with a transaction of at most 15 minutes / dossiers received at counters",
        ),
    ),
    KPI(
        id="transaction_mean",
        group="counter",
        name=Text("Thời gian giao dịch trung bình", "Mean transaction time"),
        unit="minute",
        better="lower",
        value=ratio("transaction_ms", "transactions", per=MINUTE_MS),
        meaning=Text(
            "Thời gian trung bình tại quầy cho một hồ sơ: hướng dẫn, tiếp nhận và số hóa, không "
            "kể thời gian chờ.",
            "Mean time at the counter for a dossier: guidance, reception and digitising, without "
            "the wait.",
        ),
        formula=Text(
            "Tổng thời gian giao dịch / số hồ sơ tiếp nhận tại quầy",
            "Sum of transaction times / dossiers received at counters",
        ),
    ),
    KPI(
        id="transaction_p90",
        group="counter",
        name=Text("Thời gian giao dịch, 90% hồ sơ không quá", "Transaction time, 90% at most"),
        unit="minute",
        better="lower",
        value=Percentile("transaction", 0.90, MINUTE_MS),
        meaning=Text(
            "Chín phần mười hồ sơ tại quầy được tiếp nhận xong trong thời gian này.",
            "Nine out of ten dossiers at a counter are dealt with in this time.",
        ),
        formula=Text(
            "Phân vị 90% của thời gian giao dịch, từ biểu đồ tần suất bước 1 phút (trên 120 phút "
            "gộp một nhóm)",
            "90th percentile of transaction times, from a histogram of 1-minute bins (one bin "
            "above 120 minutes)",
        ),
    ),
    KPI(
        id="wait_mean",
        group="counter",
        name=Text("Thời gian chờ trung bình", "Mean wait"),
        unit="minute",
        better="lower",
        value=ratio("wait_ms", "waits", per=MINUTE_MS),
        meaning=Text(
            "Từ khi lấy số đến khi được gọi vào quầy, tính cho mọi lượt được gọi, kể cả lượt đến "
            "bổ sung và nhận kết quả.",
            "From taking a ticket to being called, over all visits that were called, those to "
            "supplement a file or collect a result included.",
        ),
        formula=Text(
            "Tổng thời gian chờ / số lượt được gọi vào quầy",
            "Sum of waits / visits called to a counter",
        ),
    ),
    *(
        KPI(
            id=f"wait_p{percent}",
            group="counter",
            name=Text(
                f"Thời gian chờ, {percent}% lượt không quá", f"Wait, {percent}% of visits at most"
            ),
            unit="minute",
            better="lower",
            value=Percentile("wait", percent / 100, MINUTE_MS),
            meaning=Text(
                f"{percent} trong 100 lượt được gọi chờ không quá thời gian này; số còn lại chờ "
                "lâu hơn.",
                f"Of 100 visits that were called, {percent} waited at most this long; the others "
                "waited longer.",
            ),
            formula=Text(
                f"Phân vị {percent}% của thời gian chờ, từ biểu đồ tần suất bước 1 phút (trên 240 "
                "phút gộp một nhóm)",
                f"{percent}th percentile of waits, from a histogram of 1-minute bins (one bin "
                "above 240 minutes)",
            ),
        )
        for percent in (50, 90, 95)
    ),
    KPI(
        id="abandonment",
        group="counter",
        name=Text("Lượt ra về khi chưa được phục vụ", "Visits that left without service"),
        unit="share",
        better="lower",
        value=ratio(LEFT, ENDED),
        meaning=Text(
            "Trong 100 lượt đến, bao nhiêu lượt ra về tay không: bỏ hàng, hết giờ làm việc hoặc "
            "không lấy được số.",
            "Out of 100 visits, how many went home with nothing done: left the queue, closing "
            "time, or no ticket.",
        ),
        formula=Text(
            "(Lượt bỏ về + lượt hết giờ + lượt không lấy được số) / mọi lượt đã kết thúc",
            "(Left the queue + closed out + no ticket) / all visits that ended",
        ),
    ),
    KPI(
        id="sent_home",
        group="counter",
        name=Text("Lượt phải về vì hồ sơ chưa đủ", "Visits sent home with an incomplete file"),
        unit="share",
        better="lower",
        value=ratio("sent_home", ENDED),
        meaning=Text(
            "Trong 100 lượt đến, bao nhiêu lượt bị trả về khi kiểm tra ban đầu vì hồ sơ thiếu.",
            "Out of 100 visits, how many were sent home by the pre-check because the file was "
            "incomplete.",
        ),
        formula=Text(
            "Lượt hồ sơ chưa đủ / mọi lượt đã kết thúc", "Visits sent home / all visits that ended"
        ),
    ),
    KPI(
        id="visits_per_dossier",
        group="counter",
        name=Text("Số lượt đi lại mỗi hồ sơ", "Visits per dossier"),
        unit="visit",
        better="lower",
        value=ratio("visits", "received"),
        meaning=Text(
            "Để có một hồ sơ được tiếp nhận, người dân phải đến nơi tiếp nhận bao nhiêu lượt, kể "
            "cả lượt không thành và lượt nhận kết quả. Nộp trực tuyến kéo con số này xuống.",
            "How many trips to a site people make for each dossier received, failed trips and "
            "trips to collect the result included. Online submission brings it down.",
        ),
        formula=Text(
            "Số lượt đến trong kỳ / số hồ sơ tiếp nhận trong kỳ, mọi kênh",
            "Visits in the period / dossiers received in the period, all channels",
        ),
    ),
    KPI(
        id="given_up",
        group="counter",
        name=Text("Hồ sơ bỏ dở", "Dossiers given up"),
        unit="share",
        better="lower",
        value=ratio(("abandoned", "refused"), ("returned", "abandoned", "refused")),
        meaning=Text(
            "Trong 100 nhu cầu đã khép lại, bao nhiêu người bỏ hẳn sau những lượt không thành.",
            "Out of 100 needs that came to an end, how many people gave up for good after failed "
            "trips.",
        ),
        formula=Text(
            "Hồ sơ bỏ dở / (hồ sơ đã trả kết quả + hồ sơ bỏ dở)",
            "Dossiers given up / (dossiers returned + given up)",
        ),
    ),
)

ON_TIME = (
    KPI(
        id="on_time",
        group="on_time",
        name=Text("Giải quyết trước và đúng hạn", "Resolved on time"),
        unit="share",
        better="higher",
        value=ratio("on_time", "resolved"),
        target="on_time_100",
        meaning=Text(
            "Trong 100 hồ sơ có kết quả, bao nhiêu hồ sơ trong thời hạn quy định. Phải bổ sung "
            "quá một lần cũng tính là quá hạn.",
            "Out of 100 dossiers with a result, how many kept the statutory time. More than one "
            "request for a supplement counts as late.",
        ),
        formula=Text(
            "Hồ sơ có kết quả trước hoặc đúng hạn / hồ sơ có kết quả",
            "Dossiers resolved by the deadline / dossiers resolved",
        ),
    ),
    KPI(
        id="time_to_result",
        group="on_time",
        name=Text("Thời gian đến khi có kết quả", "Time to result"),
        unit="day",
        better="lower",
        value=ratio("result_ms", "resolved", per=DAY_MS),
        meaning=Text(
            "Số ngày theo lịch, kể cả ngày nghỉ, từ khi hồ sơ được tiếp nhận đến khi có kết quả.",
            "Calendar days, days off included, from reception to the result.",
        ),
        formula=Text(
            "Tổng thời gian từ tiếp nhận đến có kết quả / hồ sơ có kết quả",
            "Sum of times from reception to result / dossiers resolved",
        ),
    ),
    KPI(
        id="time_to_result_p90",
        group="on_time",
        name=Text(
            "Thời gian đến khi có kết quả, 90% hồ sơ không quá", "Time to result, 90% at most"
        ),
        unit="day",
        better="lower",
        value=Percentile("result", 0.90, DAY_MS),
        meaning=Text(
            "Chín phần mười hồ sơ có kết quả trong số ngày này.",
            "Nine out of ten dossiers have their result within this many days.",
        ),
        formula=Text(
            "Phân vị 90% từ biểu đồ tần suất bước nửa ngày (trên 60 ngày gộp một nhóm)",
            "90th percentile from a histogram of half-day bins (one bin above 60 days)",
        ),
    ),
    KPI(
        id="supplemented",
        group="on_time",
        name=Text("Hồ sơ phải bổ sung", "Dossiers that needed a supplement"),
        unit="share",
        better="lower",
        value=ratio("supplemented", "resolved"),
        meaning=Text(
            "Trong 100 hồ sơ có kết quả, bao nhiêu hồ sơ bị yêu cầu bổ sung khi đang giải quyết.",
            "Out of 100 dossiers with a result, how many were asked for a supplement on the way.",
        ),
        formula=Text(
            "Hồ sơ có yêu cầu bổ sung / hồ sơ có kết quả",
            "Dossiers with a supplement request / dossiers resolved",
        ),
    ),
)

DIGITISED = (
    KPI(
        id="digitised_before_processing",
        group="digitised",
        name=Text("Số hóa trước khi giải quyết", "Digitised before processing"),
        unit="share",
        better="higher",
        value=ratio("digitised", "received"),
        target="digitised_before_processing",
        meaning=Text(
            "Trong 100 hồ sơ tiếp nhận, bao nhiêu hồ sơ đã số hóa đủ thành phần trước khi cán bộ "
            "giải quyết.",
            "Out of 100 dossiers received, how many had all components digitised before an "
            "officer took them up.",
        ),
        formula=Text(
            "Hồ sơ đã số hóa khi tiếp nhận / hồ sơ tiếp nhận",
            "Dossiers digitised at reception / dossiers received",
        ),
    ),
    KPI(
        id="reused_components",
        group="digitised",
        name=Text("Thành phần hồ sơ được tái sử dụng", "Components reused"),
        unit="share",
        better="higher",
        value=ratio("reused", "documents"),
        meaning=Text(
            "Trong 100 thành phần hồ sơ phải có, bao nhiêu thành phần lấy từ kho dữ liệu nên "
            "người dân không phải nộp.",
            "Out of 100 components asked for, how many came from the repository, so that people "
            "did not have to bring them.",
        ),
        formula=Text(
            "Thành phần tái sử dụng / thành phần phải có của hồ sơ tiếp nhận",
            "Components reused / components asked for, of dossiers received",
        ),
    ),
    KPI(
        id="results_stored",
        group="digitised",
        name=Text("Kết quả được lưu kho để tái sử dụng", "Results stored for reuse"),
        unit="share",
        better="higher",
        value=ratio("stored", "resolved"),
        target="results_stored",
        meaning=Text(
            "Trong 100 hồ sơ có kết quả, bao nhiêu kết quả được lưu vào kho dữ liệu điện tử để "
            "lần sau không phải nộp lại.",
            "Out of 100 dossiers with a result, how many results were put in the electronic "
            "repository, so that they need not be brought again.",
        ),
        formula=Text("Kết quả lưu kho / hồ sơ có kết quả", "Results stored / dossiers resolved"),
    ),
    KPI(
        id="electronic_results",
        group="digitised",
        name=Text("Kết quả điện tử", "Electronic results"),
        unit="share",
        better="higher",
        value=ratio("electronic", "resolved"),
        meaning=Text(
            "Trong 100 hồ sơ có kết quả, bao nhiêu kết quả được cấp dưới dạng văn bản điện tử ký "
            "số.",
            "Out of 100 dossiers with a result, how many were issued as a signed electronic "
            "document.",
        ),
        formula=Text(
            "Kết quả điện tử / hồ sơ có kết quả", "Electronic results / dossiers resolved"
        ),
    ),
)

ONLINE = (
    KPI(
        id="online_share",
        group="online",
        name=Text("Nộp trực tuyến", "Submitted online"),
        unit="share",
        better="higher",
        value=ratio("received_online", "received"),
        target="online_share_50",
        meaning=Text(
            "Trong 100 hồ sơ tiếp nhận, bao nhiêu hồ sơ nộp trực tuyến, kể cả qua đại lý dịch vụ "
            "công.",
            "Out of 100 dossiers received, how many were submitted online, through agents "
            "included.",
        ),
        formula=Text(
            "Hồ sơ nộp trực tuyến / hồ sơ tiếp nhận", "Dossiers submitted online / received"
        ),
    ),
    KPI(
        id="full_process_share",
        group="online",
        name=Text("Toàn trình trong hồ sơ trực tuyến", "Full-process share of online dossiers"),
        unit="share",
        better="higher",
        value=ratio("full_online", "received_online"),
        meaning=Text(
            "Trong 100 hồ sơ trực tuyến, bao nhiêu hồ sơ làm trọn trên mạng, không phải đến nơi "
            "nào.",
            "Out of 100 online dossiers, how many were done entirely online, without any trip.",
        ),
        formula=Text(
            "Hồ sơ toàn trình / hồ sơ nộp trực tuyến", "Full-process dossiers / submitted online"
        ),
    ),
    KPI(
        id="direct_share",
        group="online",
        name=Text("Nộp trực tiếp", "Submitted at a counter"),
        unit="share",
        better="lower",
        value=ratio("transactions", "received"),
        meaning=Text(
            "Trong 100 hồ sơ tiếp nhận, bao nhiêu hồ sơ người dân còn phải đến quầy để nộp.",
            "Out of 100 dossiers received, for how many people still had to come to a counter.",
        ),
        formula=Text(
            "Hồ sơ tiếp nhận tại quầy / hồ sơ tiếp nhận", "Dossiers received at counters / received"
        ),
    ),
    KPI(
        id="post_share",
        group="online",
        name=Text("Nộp qua bưu chính", "Submitted by post"),
        unit="share",
        better="neither",
        value=ratio("received_post", "received"),
        meaning=Text(
            "Trong 100 hồ sơ tiếp nhận, bao nhiêu hồ sơ gửi qua dịch vụ bưu chính công ích.",
            "Out of 100 dossiers received, how many came by post.",
        ),
        formula=Text(
            "Hồ sơ nộp qua bưu chính / hồ sơ tiếp nhận", "Dossiers submitted by post / received"
        ),
    ),
    KPI(
        id="pay_online_share",
        group="online",
        name=Text("Thanh toán trực tuyến", "Fees paid online"),
        unit="share",
        better="higher",
        value=ratio("paid_online", "fee_bearing"),
        meaning=Text(
            "Trong 100 hồ sơ có phí, lệ phí, bao nhiêu hồ sơ nộp tiền trực tuyến.",
            "Out of 100 dossiers with a fee, for how many it was paid online.",
        ),
        formula=Text(
            "Hồ sơ thanh toán trực tuyến / hồ sơ có phí, lệ phí",
            "Dossiers paid online / dossiers with a fee",
        ),
    ),
)

ACCESS_NOTE_VI = (
    " Lấy vào ngày cuối của kỳ; tính cho dân số 2024 đến nơi gần nhất đang nhận hồ sơ cấp xã."
)
ACCESS_NOTE_EN = (
    " Taken on the period's last day, for the population of 2024 and the nearest open site that "
    "receives commune-level files."
)

ACCESS = (
    KPI(
        id="access_5km",
        group="access",
        name=Text("Người dân trong bán kính 5 km", "People within 5 km"),
        unit="share",
        better="higher",
        value=ratio("people_near", "population"),
        meaning=Text(
            "Trong 100 người dân, bao nhiêu người có nơi tiếp nhận trong vòng 5 km đường chim bay."
            + ACCESS_NOTE_VI,
            "Out of 100 inhabitants, how many have a site within 5 km in a straight line."
            + ACCESS_NOTE_EN,
        ),
        formula=Text(
            "Dân số có nơi gần nhất ≤ 5 km / dân số", "People with a site ≤ 5 km / people"
        ),
    ),
    KPI(
        id="access_30min_motorbike_peak",
        group="access",
        name=Text(
            "Người dân trong 30 phút xe máy giờ cao điểm",
            "People within 30 minutes by motorbike at peak hours",
        ),
        unit="share",
        better="higher",
        value=ratio("people_in_time", "population"),
        meaning=Text(
            "Trong 100 người dân, bao nhiêu người đi xe máy giờ cao điểm đến nơi tiếp nhận dưới 30 "
            "phút." + ACCESS_NOTE_VI,
            "Out of 100 inhabitants, how many reach a site in less than 30 minutes by motorbike at "
            "peak hours." + ACCESS_NOTE_EN,
        ),
        formula=Text(
            "Dân số có thời gian đi < 30 phút / dân số", "People less than 30 minutes away / people"
        ),
    ),
    KPI(
        id="access_5km_or_30min",
        group="access",
        name=Text("Người dân trong 5 km hoặc 30 phút", "People within 5 km or 30 minutes"),
        unit="share",
        better="higher",
        value=ratio("people_near_or_in_time", "population"),
        target="access_5km_or_30min",
        meaning=Text(
            "Cam kết của phương án: có nơi tiếp nhận trong vòng 5 km hoặc dưới 30 phút đi (xe máy, "
            "giờ cao điểm)." + ACCESS_NOTE_VI,
            "What the plan promises: a site within 5 km or less than 30 minutes away (by motorbike "
            "at peak hours)." + ACCESS_NOTE_EN,
        ),
        formula=Text(
            "Dân số có nơi ≤ 5 km hoặc < 30 phút / dân số",
            "People with a site ≤ 5 km or < 30 minutes away / people",
        ),
    ),
    KPI(
        id="travel_mean",
        group="access",
        name=Text("Thời gian đi một lượt", "Travel time one way"),
        unit="minute",
        better="lower",
        value=ratio("travel_ms", "visits", per=MINUTE_MS),
        meaning=Text(
            "Thời gian trung bình từ nhà đến nơi tiếp nhận của những lượt đã đến, bằng phương tiện "
            "mỗi người đi.",
            "Mean time from home to the site of the visits made, by whatever mode people used.",
        ),
        formula=Text("Tổng thời gian đi / số lượt đến", "Sum of travel times / visits"),
    ),
)


def _score(factor: str, vi: str, en: str, meaning_vi: str, meaning_en: str) -> KPI:
    """A score of satisfaction; the mean of the people whose result was returned."""
    overall = factor == "overall"
    return KPI(
        id="satisfaction" if overall else f"satisfaction_{factor}",
        group="satisfaction",
        name=Text(vi, en),
        unit="share",
        better="higher",
        value=ratio(f"score_{factor}", "returned", per=SCORE_UNITS),
        target="satisfaction_95" if overall else None,
        meaning=Text(meaning_vi, meaning_en),
        formula=Text(
            "Trung bình điểm của những người đã nhận kết quả trong kỳ; hệ số ở bảng satisfaction "
            "(giả định)",
            "Mean score of the people who received their result in the period; coefficients in "
            "table satisfaction (assumed)",
        ),
    )


SATISFACTION = (
    _score(
        "overall",
        "Mức độ hài lòng",
        "Satisfaction",
        "Mức hài lòng ước tính từ điều người dân đã trải qua, trung bình năm yếu tố của SIPAS. "
        "Không phải kết quả khảo sát.",
        "Satisfaction estimated from what people lived through, mean of the five SIPAS factors. "
        "Not the result of a survey.",
    ),
    _score(
        "access",
        "Hài lòng: tiếp cận dịch vụ",
        "Satisfaction: access",
        "Người dân có đến được dễ dàng không: thời gian đi, khoảng cách, kênh nộp.",
        "How easily people get there: travel time, distance, channel.",
    ),
    _score(
        "procedures",
        "Hài lòng: thủ tục hành chính",
        "Satisfaction: procedures",
        "Thủ tục có gọn không: số giấy tờ, số lượt đi, bị trả về, phải bổ sung.",
        "How light the procedure is: documents, trips, being sent home, supplements.",
    ),
    _score(
        "staff",
        "Hài lòng: cán bộ phục vụ",
        "Satisfaction: staff",
        "Được phục vụ ra sao: chờ bao lâu, giao dịch bao lâu, có về tay không.",
        "How people are served: the wait, the transaction, going home with nothing done.",
    ),
    _score(
        "result",
        "Hài lòng: kết quả",
        "Satisfaction: result",
        "Kết quả có đúng hẹn và sớm không.",
        "Whether the result kept its date and came early.",
    ),
    _score(
        "feedback",
        "Hài lòng: xử lý phản ánh, kiến nghị",
        "Satisfaction: feedback",
        "Ý kiến người dân có được tiếp thu, trả lời đúng hạn không.",
        "Whether people's feedback was taken up and answered in time.",
    ),
    KPI(
        id="complaints",
        group="satisfaction",
        name=Text("Hồ sơ có phản ánh, kiến nghị", "Dossiers with a complaint"),
        unit="share",
        better="lower",
        value=ratio("complaints", "returned"),
        meaning=Text(
            "Trong 100 hồ sơ đã trả kết quả, bao nhiêu hồ sơ có phản ánh, kiến nghị.",
            "Out of 100 dossiers returned, how many came with a complaint.",
        ),
        formula=Text(
            "Hồ sơ có phản ánh / hồ sơ đã trả kết quả", "Dossiers with a complaint / returned"
        ),
    ),
    KPI(
        id="complaints_on_time",
        group="satisfaction",
        name=Text("Phản ánh được xử lý đúng hạn", "Complaints handled on time"),
        unit="share",
        better="higher",
        value=ratio("complaints_on_time", "complaints"),
        meaning=Text(
            "Trong 100 phản ánh, kiến nghị, bao nhiêu được trả lời đúng hạn.",
            "Out of 100 complaints, how many were answered on time.",
        ),
        formula=Text("Phản ánh trả lời đúng hạn / phản ánh", "Complaints answered on time / all"),
    ),
)

INDEX_GROUPS = {
    "transparency": Text("công khai, minh bạch", "transparency"),
    "progress": Text("tiến độ, kết quả giải quyết", "progress of resolution"),
    "online": Text("cung cấp dịch vụ trực tuyến", "online services"),
    "payment": Text("thanh toán trực tuyến", "online payment"),
    "digitisation": Text("số hóa hồ sơ", "digitisation"),
    "satisfaction": Text("mức độ hài lòng", "satisfaction"),
}
INDEX_MEANING = Text(
    "Điểm của những thành phần tính được từ mô hình hoặc đã công bố; mẫu số là điểm tối đa của "
    "chính những thành phần đó. Thành phần chưa biết không được tự đặt điểm.",
    "Points of the components that the model or a publication gives; the denominator is their "
    "own maximum. What is unknown is given no points.",
)
INDEX_FORMULA = Text(
    "Tổng điểm các thành phần đã biết, theo quy tắc ở bảng index_766",
    "Sum of points of the known components, by the rules in table index_766",
)

INDEX = (
    KPI(
        id="index_766",
        group="index_766",
        name=Text("Bộ chỉ số 766 (phần đã biết)", "Index 766 (known part)"),
        unit="point",
        better="higher",
        value=Points(),
        meaning=INDEX_MEANING,
        formula=INDEX_FORMULA,
    ),
    *(
        KPI(
            id=f"index_766_{group}",
            group="index_766",
            name=Text(
                f"Bộ chỉ số 766, nhóm {name.vi} (phần đã biết)",
                f"Index 766, {name.en} (known part)",
            ),
            unit="point",
            better="higher",
            value=Points(group),
            meaning=INDEX_MEANING,
            formula=INDEX_FORMULA,
        )
        for group, name in INDEX_GROUPS.items()
    ),
)

WORKLOAD = (
    KPI(
        id="counter_utilisation",
        group="workload",
        name=Text("Mức sử dụng quầy", "Counter utilisation"),
        unit="share",
        better="neither",
        value=ratio("counter_busy_ms", "counter_capacity_ms"),
        meaning=Text(
            "Phần giờ mở quầy có người đang được phục vụ. Trên 85–90% thì hàng chờ dài nhanh; "
            "thấp thì còn dư quầy. Không tách được theo lĩnh vực hay kênh.",
            "Share of open counter time with somebody being served. Above 85–90% queues grow "
            "fast; when low there is room. Not known by field or channel.",
        ),
        formula=Text(
            "Thời gian quầy phục vụ / thời gian quầy mở", "Busy counter time / open counter time"
        ),
    ),
    KPI(
        id="unit_utilisation",
        group="workload",
        name=Text("Mức sử dụng cán bộ giải quyết", "Utilisation of processing officers"),
        unit="share",
        better="neither",
        value=ratio("unit_busy_ms", "unit_capacity_ms"),
        meaning=Text(
            "Phần giờ làm việc của cán bộ các đơn vị giải quyết đã dùng cho hồ sơ.",
            "Share of the working time of the responsible units' officers spent on dossiers.",
        ),
        formula=Text(
            "Thời gian xử lý hồ sơ / thời gian làm việc của cán bộ",
            "Time spent on dossiers / officers' working time",
        ),
    ),
    KPI(
        id="unit_backlog",
        group="workload",
        name=Text("Hồ sơ tồn tại đơn vị giải quyết", "Backlog at responsible units"),
        unit="dossier",
        better="lower",
        value=total("unit_backlog"),
        meaning=Text(
            "Số hồ sơ đang chờ hoặc đang xử lý tại các đơn vị vào cuối ngày cuối của kỳ.",
            "Dossiers waiting or in hand at the units at the end of the period's last day.",
        ),
        formula=Text(
            "Hồ sơ tại đơn vị vào cuối ngày cuối của kỳ", "Dossiers at units, last day's end"
        ),
    ),
    KPI(
        id="reception_units",
        group="workload",
        name=Text("Đầu mối tiếp nhận", "Reception units"),
        unit="unit",
        better="lower",
        value=total("reception_units"),
        target="reception_units_fewer",
        meaning=Text(
            "Số đầu mối tiếp nhận hồ sơ đang hoạt động vào ngày cuối của kỳ; phương án muốn ít hơn "
            "trước thí điểm.",
            "Reception units open on the period's last day; the plan wants fewer than before the "
            "pilot.",
        ),
        formula=Text(
            "Số đầu mối mở vào ngày cuối của kỳ", "Units of the sites open on the last day"
        ),
    ),
)

VOLUME = (
    KPI(
        id="dossiers_arrived",
        group="volume",
        name=Text("Nhu cầu phát sinh", "Dossiers arising"),
        unit="dossier",
        better="neither",
        value=total("arrived"),
        meaning=Text(
            "Số hồ sơ người dân có nhu cầu nộp trong kỳ, kể cả hồ sơ chưa được tiếp nhận.",
            "Dossiers people needed in the period, those not received included.",
        ),
        formula=Text("Số nhu cầu phát sinh trong kỳ", "Needs that arose in the period"),
    ),
    KPI(
        id="dossiers_received",
        group="volume",
        name=Text("Hồ sơ tiếp nhận", "Dossiers received"),
        unit="dossier",
        better="neither",
        value=total("received"),
        meaning=Text(
            "Số hồ sơ được tiếp nhận trong kỳ, mọi kênh.",
            "Dossiers received in the period, all channels.",
        ),
        formula=Text("Số hồ sơ tiếp nhận trong kỳ", "Dossiers received in the period"),
    ),
    KPI(
        id="dossiers_resolved",
        group="volume",
        name=Text("Hồ sơ đã giải quyết", "Dossiers resolved"),
        unit="dossier",
        better="neither",
        value=total("resolved"),
        meaning=Text("Số hồ sơ có kết quả trong kỳ.", "Dossiers with a result in the period."),
        formula=Text("Số hồ sơ có kết quả trong kỳ", "Dossiers resolved in the period"),
    ),
    KPI(
        id="visits",
        group="volume",
        name=Text("Lượt người đến", "Visits"),
        unit="visit",
        better="neither",
        value=total("visits"),
        meaning=Text(
            "Số lượt người đến các nơi tiếp nhận trong kỳ, dù để nộp, bổ sung hay nhận kết quả.",
            "Visits to sites in the period, to submit, to supplement or to collect.",
        ),
        formula=Text("Số lượt đến trong kỳ", "Visits in the period"),
    ),
    KPI(
        id="land_share",
        group="volume",
        name=Text("Tỷ lệ hồ sơ đất đai", "Land dossiers"),
        unit="share",
        better="neither",
        value=ratio("received_land", "received"),
        meaning=Text(
            "Trong 100 hồ sơ tiếp nhận, bao nhiêu hồ sơ về đất đai, loại tốn nhiều thời gian nhất.",
            "Out of 100 dossiers received, how many are about land, the most time-consuming kind.",
        ),
        formula=Text("Hồ sơ đất đai / hồ sơ tiếp nhận", "Land dossiers / dossiers received"),
    ),
)

REGISTRY: dict[str, KPI] = {
    kpi.id: kpi
    for kpi in (
        *COUNTER,
        *ON_TIME,
        *DIGITISED,
        *ONLINE,
        *ACCESS,
        *SATISFACTION,
        *INDEX,
        *WORKLOAD,
        *VOLUME,
    )
}
