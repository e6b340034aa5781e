"""Rules broken one at a time: what the rule says, its text, and the text that breaks it.

``EQUIVALENT`` are texts that can be changed without anybody noticing, with the reason.
"""

from typing import NamedTuple

from simulation import calendar, centre, control, rules


class Mutation(NamedTuple):
    """A rule, the module that holds it, and its text before and after it is broken."""

    rule: str
    module: object
    text: str
    broken: str


def _of(module, *broken: tuple[str, str, str]) -> list[Mutation]:
    return [Mutation(rule, module, text, other) for rule, text, other in broken]


QUEUE = _of(
    centre,
    (
        "patience that ends at the instant of a start loses",
        "self.env.at(ends, PATIENCE_ENDS, person.number)",
        "self.env.at(ends, COUNTER_FINISHES, person.number)",
    ),
    (
        "a finish at the instant of closing comes before the closing",
        "service(files), COUNTER_FINISHES, person.number)",
        "service(files), JOINS, person.number)",
    ),
    (
        "who comes at the instant of a finish finds the counter free",
        "service(files), COUNTER_FINISHES, person.number)",
        "service(files), WAIT_OVER, person.number)",
    ),
    (
        "who comes at the instant of closing finds it closed",
        "yield env.at(arrival, JOINS, person.number)",
        "yield env.at(arrival, OFFICER_FINISHES, person.number)",
    ),
    (
        "who comes at the instant when another's patience ends stands behind them",
        "yield env.at(arrival, JOINS, person.number)",
        "yield env.at(arrival, REACHES_UNIT, person.number)",
    ),
    (
        "of those who come at the same instant the lower number is first",
        "yield env.at(arrival, JOINS, person.number)",
        "yield env.at(arrival, JOINS, 1_000_000 - person.number)",
    ),
    (
        "of those who finish at the same instant the lower number is first",
        "service(files), COUNTER_FINISHES, person.number)",
        "service(files), COUNTER_FINISHES, 1_000_000 - person.number)",
    ),
    (
        "a person is called at once only to a free counter",
        "if self.busy < self.open and not self.queue:\n            turn",
        "if self.busy <= self.open and not self.queue:\n            turn",
    ),
    (
        "the next is called only to a free counter",
        "while self.queue and self.busy < self.open:",
        "while self.queue and self.busy <= self.open:",
    ),
    (
        "every free counter calls",
        "while self.queue and self.busy < self.open:",
        "if self.queue and self.busy < self.open:",
    ),
    ("first come, first served", "self.queue.popleft().comes(", "self.queue.pop().comes("),
    (
        "the lowest free counter calls",
        "lowest = self.free & -self.free",
        "lowest = 1 << (self.free & ((1 << 8) - 1)).bit_length() - 1",
    ),
    (
        "a counter that becomes free calls the next",
        "        self.free |= 1 << counter\n        self.serve()",
        "        self.free |= 1 << counter",
    ),
    (
        "patience begins at the opening for those who wait outside",
        "ends = self.opens_from(self.env.now) + person.patience_ms",
        "ends = self.env.now + person.patience_ms",
    ),
    (
        "who comes at the instant of closing waits for the next session",
        "            if clock < to:\n                return time + max(0, since - clock)",
        "            if clock <= to:\n                return time + max(0, since - clock)",
    ),
    (
        "time in the queue is counted until the queue changes",
        "        self._note_length()\n        self.queue.append(turn)",
        "        self.queue.append(turn)",
    ),
    (
        "time in the queue is counted by the number who wait",
        "self.area += len(self.queue) * (now - self.since)",
        "self.area += now - self.since if self.queue else 0",
    ),
    (
        "time in the queue is counted once",
        "area, self.area = self.area, 0",
        "area = self.area",
    ),
    (
        "who leaves the queue is out of it",
        "            self.queue.remove(turn)\n            turn.comes",
        "            self.queue.popleft()\n            turn.comes",
    ),
    (
        "those sent home at closing are counted",
        "sent_home = len(self.queue)",
        "sent_home = len(self.queue) - 1",
    ),
    (
        "those sent home at closing leave the queue",
        "turn.comes((NEVER, CLOSED_OUT))",
        "turn.comes((NEVER, NO_TICKET))",
    ),
)

HOURS = _of(
    centre,
    (
        "over lunch people stay",
        "if pool.queue and (reopening is None or not pool.shifts[reopening]):",
        "if pool.queue:",
    ),
    (
        "where it does not reopen after lunch people are sent home",
        "if pool.queue and (reopening is None or not pool.shifts[reopening]):",
        "if pool.queue and reopening is None:",
    ),
    (
        "a session has its own number of counters",
        "pool.open = pool.shifts[shift]",
        "pool.open = pool.shifts[0]",
    ),
    (
        "counters that open call those who wait",
        "            pool.open = pool.shifts[shift]\n            pool.serve()",
        "            pool.open = pool.shifts[shift]",
    ),
    ("closed counters call nobody", "            pool.open = 0\n", ""),
    (
        "who sets off sees which sites are open on that day",
        "        self.options.clear()\n        self.in_use",
        "        self.in_use",
    ),
    (
        "sites open and close",
        "self.in_use = self.plan.open_on(day)",
        "self.in_use = self.plan.open_on(0)",
    ),
    (
        "counters move with the phase",
        "pool.take_shifts(staff[pool.site][pool.pool])",
        "pool.take_shifts(self.plan.counters[pool.site, pool.pool].tolist())",
    ),
    (
        "officers move with the phase",
        "            office.officers = officers\n            office.serve()",
        "            office.serve()",
    ),
    (
        "officers who join a unit take waiting dossiers at once",
        "            office.officers = officers\n            office.serve()",
        "            office.officers = officers",
    ),
    (
        "the books of units begin anew every day",
        "office.received = office.finished = office.busy_ms = 0\n\n    def open",
        "pass\n\n    def open",
    ),
    (
        "what is in hand is backlog",
        "return len(self.queue) + self.busy",
        "return len(self.queue)",
    ),
)

CHOICE = _of(
    centre,
    (
        "nobody sets off on a closed day, even to a hall that is always open",
        "        if kind == CLOSED:\n            return None\n",
        "",
    ),
    (
        "a supplement goes to the site that received the dossier",
        "if purpose != SUBMIT:\n            site",
        "if purpose == COLLECT:\n            site",
    ),
    (
        "a result is collected at the site that received the dossier",
        "if purpose != SUBMIT:\n            site",
        "if purpose == SUPPLEMENT:\n            site",
    ),
    (
        "where the site has closed for ever another one is chosen",
        "if site != NEVER and self.in_use[site]:",
        "if site != NEVER:",
    ),
    (
        "a site that has lost its counters is not waited for",
        "if pool.spans[WORKING]:",
        "if True:",
    ),
    (
        "who does not know the queues takes the nearest",
        "if not person.informed or self.plan.rule",
        "if self.plan.rule",
    ),
    (
        "under the rules nearest and own-district all take the nearest",
        'if not person.informed or self.plan.rule != "least-expected-time":',
        "if not person.informed:",
    ),
    (
        "the first of two equally good candidates is chosen",
        "if least is None or expected < least:",
        "if least is None or expected <= least:",
    ),
    (
        "time to the opening counts in the choice",
        "ready = max(travel, pool.opens_from(now) - now)",
        "ready = travel",
    ),
    (
        "travel counts in the choice",
        "ready = max(travel, pool.opens_from(now) - now)",
        "ready = pool.opens_from(now) - now",
    ),
    (
        "the queue counts in the choice",
        "expected = ready + pool.expected_wait_ms()",
        "expected = ready",
    ),
    (
        "the wait is expected of the counters that will open, while none is open",
        "counters = self.open or max(self.shifts) or 1",
        "counters = self.open or 1",
    ),
    (
        "the wait is expected of the most counters of any session, while none is open",
        "counters = self.open or max(self.shifts) or 1",
        "counters = self.open or self.shifts[0] or 1",
    ),
    (
        "only sites in use can be chosen",
        "eligible = self.in_use & plan.accepts",
        "eligible = plan.accepts",
    ),
    (
        "only sites that accept the field can be chosen",
        "self.in_use & plan.accepts[:, field] &",
        "self.in_use &",
    ),
    (
        "only sites that open on such a day can be chosen",
        "& self.opens[:, pool, kind]",
        "& self.opens[:, pool, WORKING]",
    ),
    (
        "before boundary-free reception only one's own district receives",
        'plan.rule == "own-district" or not plan.boundary_free[self.phase]',
        'plan.rule == "own-district"',
    ),
    (
        "under the rule own-district boundary-free reception is not used",
        'plan.rule == "own-district" or not plan.boundary_free[self.phase]',
        "not plan.boundary_free[self.phase]",
    ),
    (
        "where one's own district has no site for it others receive",
        "if bound and own.any():",
        "if bound:",
    ),
    ("only the nearest few are candidates", "[: plan.candidates]", "[: plan.candidates + 1]"),
    (
        "of two equally near sites the lower number is first",
        'sites[np.argsort(plan.road_m[commune, sites], kind="stable")]',
        "sites[np.lexsort((-sites, plan.road_m[commune, sites]))]",
    ),
)

ARRIVAL = _of(
    centre,
    (
        "who is on the way past midnight comes when the counters open",
        "        elif earliest // DAY != self.env.now // DAY:\n",
        "        elif False:\n",
    ),
    (
        "who is on the way until after the opening comes then",
        "earliest = max(earliest, earliest // DAY * DAY + spans[0][0])",
        "earliest = earliest // DAY * DAY + spans[0][0]",
    ),
    (
        "who would come at the instant of closing comes at the next opening",
        "if not spans or earliest % DAY >= spans[-1][1]:",
        "if not spans or earliest % DAY > spans[-1][1]:",
    ),
    (
        "who would come after closing comes on the next working day",
        "day = self.calendar.next_working_day(earliest // DAY + 1)\n            opening",
        "day = earliest // DAY + 1\n            opening",
    ),
    (
        "who would come after closing comes when this site opens",
        "(opening[0][0] if opening else self.hours.morning_open)",
        "self.hours.morning_open",
    ),
    (
        "a person leaves home for the time they want to be there",
        "arrival - travel\n        )",
        "env.now\n        )",
    ),
    ("only some take online tickets", "if person.ticket and self.plan", "if self.plan"),
    (
        "online tickets are for so many days ahead",
        "last = min(earliest // DAY + self.plan.ticket_days, self.plan.days)",
        "last = min(earliest // DAY + self.plan.ticket_days + 1, self.plan.days)",
    ),
    ("a slot has so many places", "if taken < places:", "if taken <= places:"),
    (
        "an online ticket taken is gone",
        "self.slots[(*key, day, slot)] = taken + 1",
        "pass",
    ),
    (
        "each kind of counter has its own online tickets",
        "key, length = (counters.site, counters.pool), self.plan.ticket_slot_ms",
        "key, length = (counters.site, 0), self.plan.ticket_slot_ms",
    ),
    (
        "with an online ticket one does not come before one can",
        "return max(earliest, day * DAY + slot)",
        "return day * DAY + slot",
    ),
    (
        "without a slot left people come as others do",
        "                        return max(earliest, day * DAY + slot)\n        return earliest",
        "                        return max(earliest, day * DAY + slot)\n"
        "        return last * DAY + self.hours.morning_open",
    ),
    (
        "where there is no morning session the slots are those of the afternoon",
        "WORKING: session if self.shifts[0] else 1",
        "WORKING: session",
    ),
    ("a Saturday has its own counters for online tickets", "SATURDAY: 2}", "SATURDAY: 0}"),
    (
        "no ticket when the expected wait is just the time left",
        "self.plan.ticket_cutoff and counters.expected_wait_ms() >= left",
        "self.plan.ticket_cutoff and counters.expected_wait_ms() > left",
    ),
    (
        "tickets are withheld only where the rule says so",
        "self.plan.ticket_cutoff and counters.expected_wait_ms() >= left",
        "counters.expected_wait_ms() >= left",
    ),
    (
        "lunch is no time in which the queue is served",
        "return sum(to - max(clock, since) for since, to in self.spans[kind] if clock < to)",
        "return max([0, *(to - clock for since, to in self.spans[kind] if clock < to)])",
    ),
    (
        "who comes after closing is turned away",
        "        if not left:\n            return CLOSED_OUT\n",
        "",
    ),
    (
        "who comes to a site that has closed for ever is turned away",
        "left = counters.time_left_ms() if self.in_use[counters.site] else 0",
        "left = counters.time_left_ms()",
    ),
)

PEOPLE = _of(
    centre,
    (
        "a file is sent home as often as it is incomplete",
        "                rejections -= 1\n",
        "                rejections = 0\n",
    ),
    (
        "some of those sent home never come back",
        "                if person.gives_up:\n",
        "                if False:\n",
    ),
    (
        "a trip in vain uses up an attempt",
        "                attempts -= 1\n",
        "",
    ),
    (
        "being sent home uses up no attempt",
        "                rejections -= 1\n",
        "                rejections -= 1\n                attempts -= 1\n",
    ),
    (
        "people come back after their own number of days",
        "yield self.again(person, person.return_days)",
        "yield self.again(person, 1)",
    ),
    (
        "people come back on a working day",
        "day = self.calendar.next_working_day(self.env.now // DAY + max(1, days))",
        "day = self.env.now // DAY + max(1, days)",
    ),
    (
        "who finds no site today thinks again tomorrow",
        "            yield self.again(person, 1)\n        counters, metres",
        "            yield self.again(person, 2)\n        counters, metres",
    ),
    (
        "a thought in vain is no trip",
        "while (chosen := self.choose_site(person, purpose)) is None:  # nothing opens today\n",
        "while (chosen := self.choose_site(person, purpose)) is None:\n"
        "            self.trips[person.number] += 1\n",
    ),
    (
        "nobody gives up a supplement or a result",
        "            if outcome == SERVED:\n                return\n            yield",
        "            if outcome == SERVED or purpose == COLLECT:\n                return\n"
        "            yield",
    ),
    (
        "a result or supplement in vain is tried again tomorrow",
        "                return\n            yield self.again(person, 1)",
        "                return\n            yield self.again(person, person.return_days)",
    ),
    (
        "the waits of all trips to submit are added",
        'written["wait_ms"][number] += wait',
        'written["wait_ms"][number] = wait',
    ),
    (
        "only trips to submit are noted",
        "        if purpose == SUBMIT:\n            self.note_trip",
        "        if purpose != COLLECT:\n            self.note_trip",
    ),
    (
        "a batch is one visit",
        "for _ in range(person.batch_size - 1)",
        "for _ in range(0)",
    ),
)

COUNTER = _of(
    centre,
    (
        "guidance is given once for a batch",
        "guidance = files[0].guidance_ms // len(files)",
        "guidance = files[0].guidance_ms",
    ),
    (
        "a pre-check takes the time of guidance",
        "return max(1, files[0].guidance_ms)",
        "return max(1, files[0].guidance_ms + files[0].reception_ms)",
    ),
    (
        "not every dossier is digitised",
        "            if file.digitise:\n",
        "            if True:\n",
    ),
    (
        "what is reused is not digitised",
        "(file.documents - reused) * self.plan.digitise_ms",
        "file.documents * self.plan.digitise_ms",
    ),
    (
        "handing over takes time for each result",
        "return self.plan.return_ms * len(files)",
        "return self.plan.return_ms",
    ),
    (
        "a supplement has its own time at the counter",
        "return self.plan.supplement_ms * len(files)",
        "return self.plan.return_ms * len(files)",
    ),
    (
        "what can be reused depends on the phase",
        "self.plan.reuse_ceiling_ppm[self.phase]",
        "self.plan.reuse_ceiling_ppm[1]",
    ),
    (
        "a result that is stored can be reused",
        "            self.stored[self.district[file.commune]] += 1\n",
        "            pass\n",
    ),
    (
        "only some results are stored",
        "        if file.stored:\n",
        "        if True:\n",
    ),
    (
        "components are reused online, too",
        "            self.reuse(file)\n        self.note_received",
        "            pass\n        self.note_received",
    ),
    (
        "the counter calls the next before the dossier just served goes its way",
        "            counters.finish(counter)\n        return outcome",
        "            later = env.at(env.now, COUNTER_FINISHES, 0)\n"
        "            later.callbacks.append(lambda _: counters.finish(counter))\n"
        "        return outcome",
    ),
)

OFFICE = _of(
    centre,
    (
        "officers who finish at the same instant ask for supplements in the order of the dossiers",
        "env.place(done, finish, OFFICER_FINISHES | number)",
        "env.place(done, finish, OFFICER_FINISHES | (1 << 24) - 1 - number)",
    ),
    (
        "an officer works on one dossier at a time",
        "while self.queue and self.busy < self.officers:",
        "while self.queue and self.busy <= self.officers:",
    ),
    (
        "dossiers are taken up in the order in which they came",
        "done, number, work_ms = self.queue.popleft()",
        "done, number, work_ms = self.queue.pop()",
    ),
    (
        "an officer who has finished takes the next dossier",
        "        self.busy_ms += work_ms\n        self.serve()",
        "        self.busy_ms += work_ms",
    ),
    (
        "officers work in working time",
        "finish = calendar.ends(worked + work_ms)",
        "finish = env.now + work_ms",
    ),
    (
        "work that fills the morning is done at noon, not after lunch",
        "finish = calendar.ends(worked + work_ms)",
        "finish = calendar.begins(worked + work_ms)",
    ),
    (
        "a dossier that comes at night is taken up in the morning",
        "done._ok, done._value = True, calendar.begins(worked)",
        "done._ok, done._value = True, env.now",
    ),
    (
        "a dossier that comes at closing is taken up when work begins again",
        "done._ok, done._value = True, calendar.begins(worked)",
        "done._ok, done._value = True, calendar.ends(worked)",
    ),
    (
        "the working time used is counted",
        "        self.finished += 1\n        self.busy_ms += work_ms",
        "        self.finished += 1\n        self.busy_ms += 1",
    ),
    ("what reaches a unit is counted", "        self.received += 1\n", ""),
    (
        "only paper files circulate",
        "if not file.digitise and self.plan.circulation_ms:",
        "if self.plan.circulation_ms:",
    ),
    (
        "paper files circulate in working time",
        "reaches = calendar.after(env.now, self.plan.circulation_ms)",
        "reaches = env.now + self.plan.circulation_ms",
    ),
    (
        "of two files that reach a unit at the same instant the lower number is first",
        "yield self.env.at(reaches, REACHES_UNIT, number)",
        "yield self.env.at(reaches, REACHES_UNIT, 1_000_000 - number)",
    ),
    (
        "a second supplement is asked for where it is needed",
        "for _ in range(file.supplements):",
        "for _ in range(min(1, file.supplements)):",
    ),
    (
        "the clock stands while a supplement is awaited",
        "self.calendar.paused_days(asked, env.now)",
        "self.calendar.paused_days(asked, asked + file.supplement_ms)",
    ),
    (
        "the waits for all supplements are added",
        'written["paused_days"][number] += self',
        'written["paused_days"][number] = self',
    ),
    (
        "who still owes a supplement at the end has the clock stopped",
        '        self.requests["asked_ms"][row] = self.env.now\n',
        "",
    ),
    (
        "a supplement that is in does not stop the clock any longer",
        '        self.requests["answered_ms"][request] = env.now\n',
        "",
    ),
    (
        "only who came to a counter brings the supplement to one",
        "        if file.channel == AT_COUNTER:\n            yield self.leaves(file, 0)",
        "        if True:\n            yield self.leaves(file, 0)",
    ),
    (
        "a second look takes its own time",
        "second_look = second_look_ms(file.work_ms, self.plan.second_look_ppm)",
        "second_look = file.work_ms",
    ),
    (
        "a dossier without a unit's work is decided elsewhere",
        "        if file.unit != NEVER:\n            office",
        "        if True:\n            office",
    ),
    (
        "other steps take working time",
        "steps_done = calendar.after(env.now, file.elapsed_ms)",
        "steps_done = env.now + file.elapsed_ms",
    ),
    (
        "the unit's work ends before the other steps",
        '            written["decided_ms"][number] = env.now\n            if file.elapsed_ms:',
        "            if file.elapsed_ms:",
    ),
)

RESULT = _of(
    centre,
    (
        "only same-day services are waited for",
        "            bool(file.same_day)\n            and",
        "            True and",
    ),
    (
        "one waits for a result on the day of receipt only",
        "            and received // DAY == now // DAY\n",
        "",
    ),
    (
        "one waits for a result while the counters are open only",
        "[pool].open > 0",
        "[pool].open >= 0",
    ),
    (
        "results are collected when all of the batch are there",
        "if not batch.in_progress and batch.to_collect:",
        "if batch.to_collect:",
    ),
    (
        "electronic results need no trip",
        "        elif file.result_channel == ELECTRONICALLY:\n            self.hand_over(file)",
        "        elif file.result_channel == ELECTRONICALLY:\n"
        "            batch.to_collect.append(file)",
    ),
    (
        "a supplement is brought at the usual hour",
        "            yield self.leaves(file, 0)\n",
        "",
    ),
    (
        "people collect after their own number of days",
        "yield self.leaves(person, person.collect_days)",
        "yield self.leaves(person, 0)",
    ),
    (
        "people set off for a supplement or a result on a working day",
        "day = self.calendar.next_working_day(self.env.now // DAY + days)",
        "day = self.env.now // DAY + days",
    ),
    (
        "who can no longer set off at the usual hour goes on another day",
        "        if time <= self.env.now:\n            return self.again(person, 1)\n"
        "        return self.env.at(time, SETS_OFF, person.number)",
        "        return self.env.at(max(time, self.env.now), SETS_OFF, person.number)",
    ),
    (
        "who could set off this very instant goes on another day",
        "        if time <= self.env.now:\n            return self.again",
        "        if time < self.env.now:\n            return self.again",
    ),
    (
        "the post takes its days",
        "yield self.env.at(env.now + self.plan.post_ms, WAIT_OVER, number)",
        "yield self.env.at(env.now + 1, WAIT_OVER, number)",
    ),
    (
        "every trip is counted for each result collected",
        '                self.written["visits"][file.number] += 1\n',
        '                self.written["visits"][files[0].number] += 1\n',
    ),
)

SHARED = [
    *_of(
        control,
        (
            "lunch is no closing for the day",
            "self.close_counters(day, reopening=1)",
            "self.close_counters(day)",
        ),
        (
            "counters close at the end of a Saturday",
            "hours.saturday_close)\n                self.close_counters(day)",
            "hours.saturday_close)",
        ),
        (
            "a phase begins at midnight of its first day",
            "phase = int(self.plan.phase_of_day[day])\n        if day",
            "phase = int(self.plan.phase_of_day[max(0, day - 1)])\n        if day",
        ),
        (
            "opening comes before those who set off or arrive at that instant",
            "return self.env.at(time, CONTROL, 0)",
            "return self.env.at(time, CONTROL * 6, 0)",
        ),
    ),
    *_of(
        rules,
        (
            "pace counts by the metre",
            "metres * pace_ms_per_km // 1000",
            "metres // 1000 * pace_ms_per_km + 1",
        ),
        (
            "one more than the free counters has to wait",
            "ahead = waiting + busy - counters + 1",
            "ahead = waiting + busy - counters",
        ),
        (
            "the counters share the queue",
            "ahead * mean_ms // counters if",
            "ahead * mean_ms if",
        ),
        (
            "only a share of a slot's places is online",
            "// mean_ms * share_ppm // MILLION",
            "// mean_ms",
        ),
        (
            "a slot that has begun can still be had",
            "max(0, earliest - since) // length * length",
            "-(-max(0, earliest - since) // length) * length",
        ),
        (
            "nobody sets off again before opening",
            "min(max(need_ms % DAY, opens), closes",
            "min(need_ms % DAY, closes",
        ),
        (
            "nobody sets off again in the last hour",
            "opens), closes - last_departure_ms)",
            "opens), closes)",
        ),
        (
            "what can be reused grows with what is stored",
            "ceiling_ppm * stored // (stored + half)",
            "ceiling_ppm",
        ),
        (
            "a dossier's own draw rounds what is reused",
            "(documents * ppm + draw_ppm) // MILLION",
            "documents * ppm // MILLION",
        ),
        (
            "a second look takes some time",
            "max(1, work_ms * share_ppm // MILLION)",
            "work_ms * share_ppm // MILLION",
        ),
    ),
    *_of(
        calendar,
        (
            "the next working day may be today",
            "    number = before[day]\n    return day_of",
            "    number = before[day + 1]\n    return day_of",
        ),
        (
            "no work is done over lunch",
            "    if clock <= reopens:\n        return done + morning\n",
            "    if clock <= reopens:\n        return done + clock - opens\n",
        ),
        (
            "no work is done after hours",
            "    if clock >= closes:\n        return done + length\n",
            "",
        ),
        (
            "work that begins at noon begins after lunch",
            "return _clock_time(number, rest, rest < morning, book)",
            "return _clock_time(number, rest, rest <= morning, book)",
        ),
        (
            "work that ends with the morning ends at noon",
            "return _clock_time(number, rest, rest <= morning, book)",
            "return _clock_time(number, rest, rest < morning, book)",
        ),
        (
            "work that ends with the day ends in the evening",
            "    if rest == 0 and number:\n        number, rest = number - 1, length\n",
            "",
        ),
        (
            "a supplement that comes after hours stops the clock for that day",
            "if clock > closes else 0)",
            "if clock > closes + DAY else 0)",
        ),
        (
            "a supplement that comes at the instant of closing comes on that day",
            "if clock > closes else 0)",
            "if clock >= closes else 0)",
        ),
    ),
]

EQUIVALENT = _of(
    centre,
    (
        "whoever waits, waits because no counter is free: every change of the counters calls",
        "if self.busy < self.open and not self.queue:\n            turn",
        "if self.busy < self.open:\n            turn",
    ),
    (
        "the same at the door",
        "if counters.busy < counters.open and not counters.queue:",
        "if counters.busy < counters.open:",
    ),
    (
        "those sent home at closing come back by themselves, each at their own hour",
        "for turn in waiting:",
        "for turn in reversed(waiting):",
    ),
    (
        "a supplement is brought for one dossier at a time",
        "return self.plan.supplement_ms * len(files)",
        "return self.plan.supplement_ms",
    ),
    (
        "what was submitted remotely is with a site that has no counters that could be open",
        "            and file.channel == AT_COUNTER\n",
        "",
    ),
)

MUTATIONS = [
    *QUEUE,
    *HOURS,
    *CHOICE,
    *ARRIVAL,
    *PEOPLE,
    *COUNTER,
    *OFFICE,
    *RESULT,
    *SHARED,
]
