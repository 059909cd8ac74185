"""Patterns of Python as patterns of JSON Schema, which the server matches in linear time."""

from __future__ import annotations

import re
from typing import List, Optional, Pattern, Union

#: What `\\w`, `\\d` and `\\s` match in text in Python: more than in JavaScript.
_CLASSES = {
    "w": r"\p{L}\p{N}_",
    "d": r"\p{Nd}",
    "s": r"\t-\r\x1c-\x20\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
_SYNTAX = "^$\\.*+?()[]{}|/"
_KEPT_ESCAPES = "tnrfv"
#: Everything in groups that only Python has, or that takes more than linear time: names, flags, lookaround, comments.
_PLAIN_GROUP = "(?:"
_REPEATS = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
#: Most repetitions, also of a repetition in another one.
_MAX_REPEATS = 1000


def json_pattern(regex: Union[Pattern[str], Pattern[bytes]], *, at_start: bool) -> Optional[str]:
    """
    Returns a pattern that finds what `regex.match` (`at_start`) or `regex.search` finds, or None if there is none: then only
    Python can check it.
    """
    if not isinstance(regex.pattern, str) or regex.flags != re.UNICODE:
        return None
    translated = _Translation(regex.pattern).run()
    if translated is None or not at_start:
        return translated
    pattern, has_choice = translated, "|" in regex.pattern
    return pattern if pattern.startswith("^") and not has_choice else f"^(?:{pattern})"


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._parts: List[str] = []
        self._repeats = 1

    def run(self) -> Optional[str]:
        try:
            while self._at < len(self._pattern):
                self._step()
        except _OnlyPython:
            return None
        return "".join(self._parts)

    def _step(self) -> None:
        rest = self._pattern[self._at :]
        char = rest[0]
        if char == "\\":
            self._escape(in_class=False)
        elif char == "[":
            self._char_class()
        elif rest.startswith("(?"):
            if not rest.startswith(_PLAIN_GROUP):
                raise _OnlyPython
            self._take(_PLAIN_GROUP)
        elif char == ".":
            self._put(r"[^\n]", 1)
        elif char in "*+?{":
            self._repeat(rest)
        elif char in "]}":
            self._put("\\" + char, 1)
        else:
            self._put(char, 1)

    def _repeat(self, rest: str) -> None:
        found = _REPEATS.match(rest)
        if rest[0] == "{" and (found is None or found.group() == "{}"):
            self._put(r"\{", 1)
            return
        text = rest[0] if found is None else found.group()
        if found is not None:
            least, comma, most = found.groups()
            self._repeats *= max(1, *(int(number) for number in (least, most) if number))
            if self._repeats > _MAX_REPEATS:
                raise _OnlyPython
            text = "{" + (least or "0") + (comma or "") + (most or "") + "}"
        after = rest[1 if found is None else found.end() :][:1]
        # `a*+` of Python 3.11 gives back nothing.
        if after == "+":
            raise _OnlyPython
        if after == "?":
            text += after
        self._put(text, (1 if found is None else found.end()) + (after == "?"))

    def _escape(self, *, in_class: bool) -> None:
        char = self._pattern[self._at + 1]
        if char in _CLASSES:
            self._put(_CLASSES[char] if in_class else f"[{_CLASSES[char]}]", 2)
        elif char.lower() in _CLASSES and not in_class:
            self._put(f"[^{_CLASSES[char.lower()]}]", 2)
        elif char in _KEPT_ESCAPES:
            self._put("\\" + char, 2)
        elif char == "a":
            self._put(r"\x07", 2)
        elif char == "b" and in_class:
            self._put(r"\x08", 2)
        elif char in "xu":
            length = 4 if char == "x" else 6
            self._put(self._pattern[self._at : self._at + length], length)
        elif char.isalnum():
            # Back references, \A, \Z, \b (which knows other letters), octal numbers, names.
            raise _OnlyPython
        else:
            self._put("\\" + char if char in _SYNTAX or (char == "-" and in_class) else char, 2)

    def _char_class(self) -> None:
        opening = "[^" if self._pattern.startswith("[^", self._at) else "["
        self._put(opening, len(opening))
        first = self._at
        # A bracket at the start is a member.
        while (char := self._pattern[self._at]) != "]" or self._at == first:
            if char == "\\":
                self._escape(in_class=True)
            else:
                self._put("\\" + char if char in "[]" else char, 1)
        self._put("]", 1)

    def _take(self, text: str) -> None:
        self._put(text, len(text))

    def _put(self, text: str, length: int) -> None:
        self._parts.append(text)
        self._at += length


class _OnlyPython(Exception):
    """The pattern has no counterpart."""
