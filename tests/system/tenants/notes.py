"""Notes of many people, by somebody who has never heard of Parvis."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Note:
    id: int
    text: str


class Shelf:
    """The notes of one owner, by number."""

    def __init__(self) -> None:
        self._notes: dict[str, dict[int, Note]] = {}
        self._last = 0

    def create(self, owner: str, text: str) -> Note:
        self._last += 1
        note = Note(self._last, text)
        self._notes.setdefault(owner, {})[note.id] = note
        return note

    def get(self, owner: str, id: int) -> Note:
        """One note.

        Raises:
            KeyError: There is no such note.
        """
        return self._notes.get(owner, {})[id]

    def list(self, owner: str) -> list[Note]:
        return [*self._notes.get(owner, {}).values()]

    def update(self, owner: str, id: int, text: str) -> Note:
        """Write it anew.

        Raises:
            KeyError: There is no such note.
        """
        note = self.get(owner, id)
        note.text = text
        return note

    def delete(self, owner: str, id: int) -> None:
        """Throw it away.

        Raises:
            KeyError: There is no such note.
        """
        del self._notes.get(owner, {})[id]

    def append(self, owner: str, id: int, /, more: str) -> Note:
        """Add to it.

        Raises:
            KeyError: There is no such note.
        """
        note = self.get(owner, id)
        note.text += more
        return note


class Notes:
    """Notes, each its owner's."""

    shelf: Shelf

    def __init__(self) -> None:
        self.shelf = Shelf()

    def search(self, word: str = "", *, owner: str, limit: int = 100) -> list[Note]:
        return [note for note in self.shelf.list(owner) if word in note.text][:limit]

    def count(self, owner: str) -> int:
        return len(self.shelf.list(owner))

    def export(self, owner: str) -> Iterator[Note]:
        yield from self.shelf.list(owner)

    async def digest(self, owner: str) -> str:
        return " ".join(note.text for note in self.shelf.list(owner))

    def tone(self, tone: str = "plain") -> str:
        return tone
