"""numba, where it can be had: what is compiled, and where the result is kept.

The cache lies in a folder named by the model's sources: numba itself does not notice a changed
constant or rule that comes from another file.
"""

import hashlib
import os
import shutil
from pathlib import Path

from simulation import calendar, rules

HERE = Path(__file__).resolve().parent
SHARED = (
    calendar.next_working_day,
    calendar.worked,
    calendar.begins,
    calendar.ends,
    calendar._clock_time,
    calendar.paused_days,
    calendar._day_zero,
    rules.travel_ms,
    rules.expected_wait_ms,
    rules.tickets,
    rules.slot_begins,
    rules.usual_hour,
    rules.reused_documents,
    rules.second_look_ms,
)

# Read by numba when it is loaded. More takes seconds longer to compile and gains nothing: the
# floor waits for memory.
os.environ.setdefault("NUMBA_OPT", "1")

try:
    import numba
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic, register_jitable
except ImportError as error:  # the processes run instead, and the user is told
    numba, WHY_NOT = None, str(error)
    codes = shorts = ints = longs = longs_of = fetch = None
else:
    WHY_NOT = ""
    BYTES = ir.IntType(8).as_pointer()
    for rule in SHARED:
        register_jitable(rule)

    @intrinsic
    def longs_of(_context, array):
        """Where an array's numbers lie; they are read and written like the array's."""

        def data(context, builder, signature, arguments):
            struct = context.make_array(signature.args[0])(context, builder, arguments[0])
            return struct.data

        return types.CPointer(array.dtype)(array), data

    def _numbers(kind):
        @intrinsic
        def numbers(_context, address):
            def at(context, builder, signature, arguments):
                return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

            return types.CPointer(kind)(types.int64), at

        return numbers

    codes, shorts, ints, longs = map(_numbers, (types.int8, types.int16, types.int32, types.int64))

    @intrinsic
    def fetch(_context, address):
        """Have the memory bring what will be wanted soon."""

        def ask(context, builder, signature, arguments):
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [BYTES, number, number, number])
            call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            place = builder.inttoptr(arguments[0], BYTES)
            builder.call(call, [place, number(0), number(3), number(1)])
            return context.get_dummy_value()

        return types.void(types.int64), ask


def _cache_folder() -> Path | None:
    """A folder for compiled code that can be written, named by the sources; None without one."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.read_bytes())
    name = f"floor-{digest.hexdigest()[:12]}"
    places = [Path(os.environ[key]) for key in ("NUMBA_CACHE_DIR",) if os.environ.get(key)]
    for place in (*places, HERE / "__pycache__", Path.home() / ".cache" / "centre"):
        folder = place / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                for old in set(place.glob("floor-*")) - {folder}:
                    shutil.rmtree(old, ignore_errors=True)
                return folder
        except OSError:
            continue
    return None


CACHE = _cache_folder() if numba else None
if CACHE:
    numba.config.CACHE_DIR = str(CACHE)


def compiled(function):
    """The function in machine code, without the interpreter's lock; itself without numba."""
    if numba is None:
        return function
    return numba.njit(
        nogil=True,
        error_model="numpy",
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)


def inlined(function):
    """As ``compiled``, but no call is made of it: it becomes part of whoever uses it."""
    if numba is None:
        return function
    return numba.njit(
        nogil=True,
        error_model="numpy",
        forceinline=True,
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)


def entry(function):
    """A compiled function that Python calls: it is kept in the cache."""
    if numba is None:
        return function
    return numba.njit(cache=CACHE is not None, nogil=True, error_model="numpy", _nrt=False)(
        function
    )


def is_cached() -> bool:
    """Whether the compiled floor is there from an earlier use."""
    return CACHE is not None and any(CACHE.rglob("floor.advance-*.nbc"))
