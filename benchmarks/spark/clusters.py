"""Texts that hang together."""

from collections import defaultdict
from collections.abc import Iterable


def clusters(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What hangs together by the pairs: the ids of each cluster, in order."""
    leader: dict[str, str] = {}

    def leader_of(text: str) -> str:
        while (above := leader.setdefault(text, text)) != text:
            leader[text] = text = leader[above]
        return text

    for one, other in pairs:
        leader[leader_of(other)] = leader_of(one)
    found = defaultdict(list)
    for text in leader:
        found[leader_of(text)].append(text)
    return sorted(sorted(texts) for texts in found.values())
