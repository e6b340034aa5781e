"""The small network in other hands. Each returns when people were called and when all was done,
and, where what it was given had to be put into its own form first, the seconds without that."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import simpy

from bench.clock import timed
from bench.network import SITES, Network, as_centre
from simulation.calendar import DAY
from simulation.centre import Centre
from simulation.compiled import CompiledCentre
from simulation.control import Control

SIMMER = Path(__file__).with_name("simmer.R")
SIMMER_HINT = (
    "needs Rscript and the R package simmer: install R (Debian: r-base-core), then in R "
    'install.packages("simmer")'
)


def ours(given: Network) -> tuple[np.ndarray, np.ndarray, float]:
    """The Centre's own processes."""
    return _centre(Centre, given)


def compiled(given: Network) -> tuple[np.ndarray, np.ndarray, float]:
    """The Centre's compiled service floor."""
    return _centre(CompiledCentre, given)


def _centre(form: type[Control], given: Network) -> tuple[np.ndarray, np.ndarray, float]:
    """The dynamics are on the clock, as in ``simulate``: the floor is laid out, time passes."""
    plan, demand = as_centre(given)
    centre, laying = timed(form, plan, demand)
    _, running = timed(centre.run)
    visits = centre.visits.arrays()
    called = np.full(len(given.site), -1, np.int64)
    called[visits["leader"]] = visits["start_ms"]
    return called, centre.columns["ready_ms"], laying + running


def textbook(given: Network) -> tuple[np.ndarray, np.ndarray]:
    """SimPy as its manual teaches it: a process per citizen, ``Resource`` for counters."""
    env = simpy.Environment()
    counters = [simpy.Resource(env, int(given.counters[site])) for site in range(SITES)]
    offices = [simpy.Resource(env, int(given.officers[site])) for site in range(SITES)]
    called = np.full(len(given.site), -1, np.int64)
    done = np.full(len(given.site), -1, np.int64)

    def citizen(number, site, service, work):
        with counters[site].request() as turn:
            yield turn
            called[number] = env.now
            yield env.timeout(service)
        with offices[site].request() as officer:
            yield officer
            yield env.timeout(work)
        done[number] = env.now

    def arrivals():
        people = zip(
            given.arrival_ms.tolist(),
            given.site.tolist(),
            given.service_ms.tolist(),
            given.work_ms.tolist(),
            strict=True,
        )
        for number, (arrival, site, service, work) in enumerate(people):
            yield env.timeout(arrival - env.now)
            env.process(citizen(number, site, service, work))

    env.process(arrivals())
    env.run(until=given.days * DAY)
    return called, done


def ciw(given: Network) -> tuple[np.ndarray, np.ndarray]:
    """Ciw, the queueing network library: a pair of nodes (counters, office) for each site."""
    import ciw as library

    called = np.full(len(given.site), -1, np.int64)
    done = np.full(len(given.site), -1, np.int64)
    end = given.days * DAY
    for site in range(SITES):
        rows = np.flatnonzero(given.site == site)
        gaps = np.diff(given.arrival_ms[rows], prepend=0).tolist()
        records = _ciw_site(library, given, site, rows, gaps, end)
        for node, column, attribute in (
            (1, called, "service_start_date"),
            (2, done, "service_end_date"),
        ):
            of_node = [record for record in records if record.node == node]
            for record in of_node:
                column[rows[record.id_number - 1]] = round(getattr(record, attribute))
    return called, done


def _ciw_site(library, given: Network, site: int, rows, gaps, end):
    far = 10.0 * end
    net = library.create_network(
        arrival_distributions=[library.dists.Sequential([*gaps, far]), None],
        service_distributions=[
            library.dists.Sequential(given.service_ms[rows].tolist()),
            WorkOf(library, given.work_ms[rows].tolist()),
        ],
        routing=[[0.0, 1.0], [0.0, 0.0]],
        number_of_servers=[int(given.counters[site]), int(given.officers[site])],
    )
    simulation = library.Simulation(net)
    simulation.simulate_until_max_time(end)
    return simulation.get_all_records()


def WorkOf(library, work):  # noqa: N802 (stands for a class)
    """The office work of each individual by number, whatever the order they arrive in."""

    class Work(library.dists.Distribution):
        def sample(self, t=None, ind=None):
            return work[ind.id_number - 1]

    return Work()


def salabim(given: Network) -> tuple[np.ndarray, np.ndarray]:
    """salabim with generators (faster than its greenlets), without trace and monitors."""
    import salabim as library

    env = library.Environment(yieldless=False, set_numpy_random_seed=False)
    counters = [_salabim_resource(library, env, number) for number in given.counters]
    offices = [_salabim_resource(library, env, number) for number in given.officers]
    called = np.full(len(given.site), -1, np.int64)
    done = np.full(len(given.site), -1, np.int64)
    site, service, work = (c.tolist() for c in (given.site, given.service_ms, given.work_ms))

    class Citizen(library.Component):
        def process(self):
            self.status.monitor(False)
            self.mode.monitor(False)
            number = self.number
            counter, office = counters[site[number]], offices[site[number]]
            yield self.request(counter)
            called[number] = env.now()
            yield self.hold(service[number])
            self.release(counter)
            yield self.request(office)
            yield self.hold(work[number])
            self.release(office)
            done[number] = env.now()

    class Arrivals(library.Component):
        def process(self):
            for number, arrival in enumerate(given.arrival_ms.tolist()):
                yield self.hold(till=arrival)
                Citizen(env=env).number = number

    Arrivals(env=env)
    env.run(till=given.days * DAY)
    return called, done


def _salabim_resource(library, env, capacity):
    return library.Resource(capacity=int(capacity), monitor=False, env=env)


@cache
def simmer_is_here() -> bool:
    """Whether R can be run and has simmer."""
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", 'quit(status = !requireNamespace("simmer", quietly = TRUE))']
    return subprocess.run(asked, capture_output=True).returncode == 0


def simmer(given: Network) -> tuple[np.ndarray, np.ndarray, float]:
    """simmer, in R; also the seconds by its own clock, without R's start and the files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("counters", "officers", "arrival_ms", "site", "service_ms", "work_ms"):
            getattr(given, name).astype(np.float64).tofile(f"{folder}/{name}.f64")
        command = ["Rscript", str(SIMMER), folder]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        times = [np.fromfile(f"{folder}/{name}.f64") for name in ("called", "done")]
    # it serves everybody to the end; the others stop at the end of the last day
    end = given.days * DAY
    called, done = (np.where(t < end, t, -1).astype(np.int64) for t in times)
    return called, done, float(said.split()[-1])
