"""What the page says, in English and in French, and how each writes times, distances and directions.

One rule: both languages have the same keys, and no word of the page stands elsewhere.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from stores import State, clock

LANGUAGES: Final = ("en", "fr")

WORDS: Final = {
    "en": {
        "title": "Marmelade, tea and jam",
        "tagline": "Tea and jam, in {count} cities",
        "other": "Français",
        "ask": "Where are you?",
        "hint": "A city, a village, a postal code, in any language",
        "find": "Find stores",
        "here": "Use my address",
        "near": "Near {place}",
        "by_address": "That is where your internet address, {address}, seems to be. It tells your network, not you: "
        "if it is wrong, type a place.",
        "others": "Or did you mean",
        "away": "{km} away",
        "away_towards": "{km} {way}",
        "local": "{time} there",
        "week": "Opening hours",
        "closed_day": "closed",
        "closed": "Closed for good",
        "open": "Open until {time}",
        "open_tomorrow": "Open until {time} tomorrow",
        "open_later": "Open until {time} on {day}",
        "opens": "Closed, opens at {time}",
        "opens_tomorrow": "Closed, opens tomorrow at {time}",
        "opens_later": "Closed, opens on {day} at {time}",
        "map": "Map of {place} and the {count} nearest stores",
        "map_all": "Map of the world with all stores",
        "unknown": "No place is called “{asked}”",
        "unknown_hint": "Check the spelling, or add the country, as in “Paris, United States”. "
        "Streets are not known here, only cities, towns and villages.",
        "private": "Your address, {asked}, tells no place",
        "private_hint": "It belongs to this machine or to a network of its own, as at home or at work. Type a place.",
        "no_place": "Nobody knows where your address, {asked}, is",
        "no_place_hint": "Type a place.",
        "down": "Places cannot be looked up just now",
        "down_hint": "The geolocation service does not answer. Wait a moment.",
        "busy": "Too many visitors are asking just now",
        "busy_hint": "There is room again {when}.",
        "busy_soon": "soon",
        "seconds": "in {n} seconds",
        "minutes": "in {n} minutes",
        "hours": "in {n} hours",
        "again": "Try again",
        "missing": "There is no such page",
        "suggestions": "Suggestions",
        "suggested": "Suggestions: #. The arrows choose one",
        "fiction": "Marmelade does not exist. This page is an example, and its stores are invented.",
        "zones": "Times are local to each store.",
        "days": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "ways": "to the north|to the north-east|to the east|to the south-east|to the south|to the south-west|"
        "to the west|to the north-west",
    },
    "fr": {
        "title": "Marmelade, thé et confiture",
        "tagline": "Thé et confiture, dans {count} villes",
        "other": "English",
        "ask": "Où êtes-vous\u202f?",
        "hint": "Une ville, un village, un code postal, en toute langue",
        "find": "Trouver",
        "here": "Utiliser mon adresse",
        "near": "Près de {place}",
        "by_address": "C’est là que votre adresse Internet, {address}, semble se trouver. Elle indique votre réseau, "
        "et non vous\u202f: si c’est faux, saisissez un lieu.",
        "others": "Ou vouliez-vous dire",
        "away": "à {km}",
        "away_towards": "à {km} {way}",
        "local": "{time} sur place",
        "week": "Horaires",
        "closed_day": "fermé",
        "closed": "Fermé définitivement",
        "open": "Ouvert jusqu’à {time}",
        "open_tomorrow": "Ouvert jusqu’à {time} demain",
        "open_later": "Ouvert jusqu’à {time} {day}",
        "opens": "Fermé, ouvre à {time}",
        "opens_tomorrow": "Fermé, ouvre demain à {time}",
        "opens_later": "Fermé, ouvre {day} à {time}",
        "map": "Carte de {place} et des {count} boutiques les plus proches",
        "map_all": "Carte du monde avec toutes les boutiques",
        "unknown": "Aucun lieu ne s’appelle «\u00a0{asked}\u00a0»",
        "unknown_hint": "Vérifiez l’orthographe, ou ajoutez le pays, comme dans «\u00a0Paris, États-Unis\u00a0». "
        "On ne connaît pas les rues ici, seulement les villes et les villages.",
        "private": "Votre adresse, {asked}, n’indique aucun lieu",
        "private_hint": "Elle est celle de cette machine ou d’un réseau privé, à la maison ou au travail. "
        "Saisissez un lieu.",
        "no_place": "Nul ne sait où se trouve votre adresse, {asked}",
        "no_place_hint": "Saisissez un lieu.",
        "down": "La recherche de lieux est en panne",
        "down_hint": "Le service de géolocalisation ne répond pas. Attendez un instant.",
        "busy": "Trop de visiteurs cherchent en ce moment",
        "busy_hint": "Il y aura de nouveau de la place {when}.",
        "busy_soon": "bientôt",
        "seconds": "dans {n} secondes",
        "minutes": "dans {n} minutes",
        "hours": "dans {n} heures",
        "again": "Réessayer",
        "missing": "Cette page n’existe pas",
        "suggestions": "Suggestions",
        "suggested": "Suggestions\u202f: #. Les flèches en choisissent une",
        "fiction": "Marmelade n’existe pas. Cette page est un exemple, et ses boutiques sont inventées.",
        "zones": "Les heures sont celles de chaque boutique.",
        "days": "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "ways": "au nord|au nord-est|à l’est|au sud-est|au sud|au sud-ouest|à l’ouest|au nord-ouest",
    },
}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = WORDS[language]
        self.days = self._words["days"].split()

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)

    def time(self, minute: int) -> str:
        """A minute of the day: 09:30, or 9 h 30."""
        text = clock(minute)
        if self.language == "en":
            return text
        hour, _, past = text.partition(":")
        return f"{int(hour)}\u00a0h" + ("" if past == "00" else f"\u00a0{past}")

    def local(self, moment: datetime) -> str:
        """What the clocks of a store show."""
        return self("local", time=self.time(moment.hour * 60 + moment.minute))

    def spans(self, spans: list[tuple[int, int]]) -> str:
        """The hours of one day."""
        if not spans:
            return self("closed_day")
        return ", ".join(f"{self.time(begin)}\u2009–\u2009{self.time(end)}" for begin, end in spans)

    def km(self, km: float) -> str:
        """A distance, as exactly as it matters: 400 m, 3.2 km, 1,240 km."""
        if km < 0.95:
            return f"{max(round(km, 1) * 1000, 100):.0f}\u00a0m"
        text = f"{km:.1f}" if km < 9.95 else f"{km:,.0f}"
        if self.language == "fr":
            text = text.replace(",", "\u202f").replace(".", ",")
        return f"{text}\u00a0km"

    def away(self, km: float, bearing: float) -> str:
        """How far a store is, and in which direction where that means something."""
        if km < 0.95:
            return self("away", km=self.km(km))
        way = self._words["ways"].split("|")[round(bearing / 45) % 8]
        return self("away_towards", km=self.km(km), way=way)

    def state(self, state: State | None, local: datetime) -> str:
        """Whether a store is open, and until when."""
        if state is None:
            return self("closed")
        key = "open" if state.open else "opens"
        key += ("", "_tomorrow")[state.days] if state.days < 2 else "_later"
        return self(key, time=self.time(state.minute), day=self.days[(local.weekday() + state.days) % 7])

    def wait(self, seconds: float | None) -> str:
        """When there is room again."""
        if seconds is None or seconds < 2:
            return self("busy_soon")
        for key, length in (("hours", 3600), ("minutes", 60)):
            if seconds > 1.5 * length:
                return self(key, n=-int(-seconds // length))
        return self("seconds", n=-int(-seconds // 1))


def choose(asked: str | None, accepted: str) -> str:
    """The language asked for, else the best of Accept-Language (RFC 9110, section 12.5.4), else English."""
    if asked in LANGUAGES:
        return asked
    best, weight = LANGUAGES[0], 0.0
    for item in accepted.split(","):
        match = re.fullmatch(r"\s*([A-Za-z]+)(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", item)
        if match and match[1].lower() in LANGUAGES and float(match[2] or 1) > weight:
            best, weight = match[1].lower(), float(match[2] or 1)
    return best
