"""Answers that are asked for again."""

import gc

from dashboard.kept import Kept


class Cube:
    """Something that can be forgotten."""


def test_an_answer_is_made_once():
    kept, cube, made = Kept(4), Cube(), []
    for _ in range(3):
        assert kept.get(cube, "a", lambda: made.append(1) or len(made)) == 1
    assert kept.get(cube, "b", lambda: "other") == "other"


def test_the_answers_asked_for_last_are_kept():
    kept, cube = Kept(2), Cube()
    for key in ("a", "b", "a", "c"):
        kept.get(cube, key, lambda key=key: key)
    assert kept.get(cube, "a", lambda: "again") == "a"
    assert kept.get(cube, "b", lambda: "again") == "again"


def test_another_cube_has_its_own_answers():
    kept, one, other = Kept(2), Cube(), Cube()
    kept.get(one, "a", lambda: 1)
    assert kept.get(other, "a", lambda: 2) == 2


def test_answers_go_with_their_cube():
    kept, cube = Kept(2), Cube()
    kept.get(cube, "a", list)
    del cube
    gc.collect()
    assert len(kept._answers) == 0
