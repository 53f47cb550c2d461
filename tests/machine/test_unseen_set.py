"""The second set of clicks is what it claims to be; how well it is judged is measured in test_judge."""

from __future__ import annotations

from tests.machine import mechanisms, unseen
from tests.machine.sets import read


def test_the_second_set_is_its_generator() -> None:
    """Nobody can change a line of the file without changing the story that makes it."""
    assert unseen.PLACE.read_text(encoding="utf-8").splitlines() == unseen.lines()


def test_the_second_set_is_large_and_tells_other_stories() -> None:
    """At least 150 recipients, machines and people, no mechanism of the first set among them."""
    sequences = read(unseen.PLACE.name)
    assert len(sequences) >= 150
    labels = [label for sequence in sequences for label in sequence.by.values()]
    assert min(labels.count("machine"), labels.count("human")) >= 200
    first = {mechanism.__name__ for mechanism, _count in mechanisms.SHARES}
    assert first.isdisjoint(sequence.mechanism for sequence in sequences)
