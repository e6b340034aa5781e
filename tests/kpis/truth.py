"""The measures counted one record at a time, as slowly and plainly as possible."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from simulation.records import NEVER, Channel, Outcome, State
from tests.kpis.synthetic import DAY, MINUTE

OUTCOMES = {
    Outcome.SERVED: "served",
    Outcome.SENT_HOME: "sent_home",
    Outcome.IMPATIENT: "impatient",
    Outcome.CLOSED_OUT: "closed_out",
    Outcome.NO_TICKET: "no_ticket",
}
Event = tuple[int, int, int, int, str, int]


def events(result, scores) -> Iterator[Event]:
    """(day, site, field, channel, measure, amount) of every record, inside the horizon."""
    for event in (*_of_dossiers(result, scores), *_of_visits(result)):
        if 0 <= event[0] < result.plan.days:
            yield event


def _of_dossiers(result, scores) -> Iterator[Event]:
    plan = result.plan
    pool, fee = plan.fields["pool"].tolist(), plan.procedures["fee"].tolist()
    for i in range(len(result.dossiers["leader"])):
        d = {name: values[i].item() for name, values in result.dossiers.items()}
        site = d["site"]
        if site == NEVER:
            site = int(plan.online_site[plan.commune_district[d["commune"]]])
        at_counter = d["channel"] == Channel.COUNTER
        late = d["ready_ms"] > d["due_ms"] or d["supplements"] > 1
        within = d["transaction_ms"] <= 15 * MINUTE
        amounts = {
            "need_ms": {"arrived": 1},
            "received_ms": {
                "received": 1,
                "received_online": d["channel"] in (Channel.ONLINE, Channel.AGENT),
                "received_post": d["channel"] == Channel.POST,
                "received_land": pool[d["field"]] == "land",
                "full_online": d["full_online"],
                "fee_bearing": fee[d["procedure"]],
                "paid_online": d["paid_online"],
                "digitised": d["digitised"],
                "documents": d["documents"],
                "reused": d["reused"],
                "transactions": at_counter,
                "transactions_within_limit": at_counter and within,
                "transaction_ms": d["transaction_ms"] if at_counter else 0,
            },
            "ready_ms": {
                "resolved": 1,
                "on_time": not late,
                "supplemented": d["supplements"] > 0,
                "stored": d["stored"],
                "electronic": d["electronic"],
                "result_ms": d["ready_ms"] - d["received_ms"],
            },
            "ended_ms": {
                "returned": d["state"] == State.RETURNED,
                "abandoned": d["state"] == State.ABANDONED,
                "refused": d["state"] == State.REFUSED,
            },
        }
        if d["state"] == State.RETURNED:
            points = {n: int(np.rint(v[i] * np.float32(10_000))) for n, v in scores.items()}
            amounts["ended_ms"] |= {
                f"score_{name}": points[name]
                for name in ("access", "procedures", "staff", "result", "feedback", "overall")
            }
            amounts["ended_ms"] |= {
                "complaints": scores["complaint"][i],
                "complaints_on_time": scores["complaint_on_time"][i],
                "score_complaint": points["feedback"] * bool(scores["complaint"][i]),
            }
        for moment, measures in amounts.items():
            if d[moment] != NEVER:
                for name, amount in measures.items():
                    yield (d[moment] // DAY, site, d["field"], d["channel"], name, int(amount))


def _of_visits(result) -> Iterator[Event]:
    dossiers = result.dossiers
    for i in range(len(result.visits["leader"])):
        v = {name: values[i].item() for name, values in result.visits.items()}
        if v["arrived_ms"] == NEVER:
            continue
        where = (
            v["arrived_ms"] // DAY,
            v["site"],
            dossiers["field"][v["leader"]].item(),
            dossiers["channel"][v["leader"]].item(),
        )
        yield (*where, "visits", 1)
        yield (*where, "travel_ms", v["arrived_ms"] - v["set_off_ms"])
        if v["start_ms"] != NEVER:
            yield (*where, "waits", 1)
            yield (*where, "wait_ms", v["start_ms"] - v["arrived_ms"])
        if v["outcome"] in OUTCOMES:
            yield (*where, OUTCOMES[v["outcome"]], 1)


def durations(result) -> dict[str, list[tuple[int, int, int, int, int]]]:
    """(day, site, field, channel, ms) of everything the histograms count, by histogram."""
    dossiers, visits = result.dossiers, result.visits
    found = {"wait": [], "transaction": [], "result": []}
    for i in range(len(visits["leader"])):
        if visits["arrived_ms"][i] != NEVER and visits["start_ms"][i] != NEVER:
            leader = visits["leader"][i]
            found["wait"].append(
                (
                    int(visits["arrived_ms"][i]) // DAY,
                    int(visits["site"][i]),
                    int(dossiers["field"][leader]),
                    int(dossiers["channel"][leader]),
                    int(visits["start_ms"][i] - visits["arrived_ms"][i]),
                )
            )
    for i in range(len(dossiers["leader"])):
        what = (int(dossiers["site"][i]), int(dossiers["field"][i]), int(dossiers["channel"][i]))
        received, ready = int(dossiers["received_ms"][i]), int(dossiers["ready_ms"][i])
        if received != NEVER and dossiers["channel"][i] == Channel.COUNTER:
            duration = int(dossiers["transaction_ms"][i])
            found["transaction"].append((received // DAY, *what, duration))
        if ready != NEVER:
            found["result"].append((ready // DAY, *what, ready - received))
    return found


def total(found: list[Event], keep) -> Counter:
    """Sums by measure of the events for which ``keep(day, site, field, channel)`` holds."""
    sums = Counter()
    for day, site, field, channel, name, amount in found:
        if keep(day, site, field, channel):
            sums[name] += amount
    return sums
