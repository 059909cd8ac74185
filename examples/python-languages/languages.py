"""Guesses the language of a text by its short words. What it takes and returns are its type hints."""
import json
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from deepaas_run import current_run

Language = Literal["de", "en", "es"]
shipped = {
    "de": ["der", "die", "und", "ist", "das", "nicht", "ein"],
    "en": ["the", "and", "is", "of", "not", "that", "a"],
    "es": ["el", "la", "y", "es", "no", "que", "un"],
}
words = {language: Counter(known) for language, known in shipped.items()}


class Guess(TypedDict):
    language: Language
    share: float


def warm(published=None):
    if published:
        words.update((language, Counter(known)) for language, known in json.loads(Path(published).read_text()).items())


def predict(text: Annotated[str, "a sentence or more"], top: Annotated[int, {"minimum": 1, "maximum": 3}] = 1) -> list[Guess]:
    found = short_words(text)
    scores = {language: sum(known[word] for word in found) for language, known in words.items()}
    total = sum(scores.values()) or 1
    ranked = sorted(scores, key=scores.get, reverse=True)[:top]
    return [{"language": language, "share": scores[language] / total} for language in ranked]


def train(text: str, language: Language) -> int:
    """Learns the short words of a text, and returns how many there were."""
    found = short_words(text)
    learned = {**words, language: words[language] + Counter(found)}
    current_run().report(step=1, total=1, words=len(found))
    current_run().publish(json.dumps(learned).encode())
    return len(found)


def short_words(text):
    return [word for word in re.findall(r"\w+", text.lower()) if len(word) <= 5]
