"""What the form of Decree 30/2020/NĐ-CP asks of single lines, the same in every file."""

from dataclasses import replace

from reports.model import Head

UNBROKEN = ("Hà Nội",)  # names that stay on one line
NO_BREAK_SPACE = "\u00a0"
ROOM_FOR_SIGNATURE_PT = 68  # four lines: signature and seal


def formed(head: Head) -> Head:
    """The parts around the text as they are printed: recipients with a dash, a semicolon and
    after the last a full stop; names of places that do not break."""
    last = len(head.recipients) - 1
    return replace(
        head,
        subject=unbroken(head.subject),
        place_date=unbroken(head.place_date),
        recipients=tuple(
            f"- {one}{'.' if place == last else ';'}" for place, one in enumerate(head.recipients)
        ),
    )


def unbroken(text: str) -> str:
    """A text whose names of places hold together."""
    for name in UNBROKEN:
        text = text.replace(name, name.replace(" ", NO_BREAK_SPACE))
    return text
