"""How a locale writes numbers: its decimal and grouping signs, how it groups, its digits; and back again.

The forms themselves (`1,204.50`) are made once, in the C locale, and translated here: what is written into files, the
journal and exports is never translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QLocale

_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_BLANKS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE} "
_APOSTROPHES = "\N{RIGHT SINGLE QUOTATION MARK}'"
_LONG = "12345678901"
ASCII = "0123456789"


@dataclass(frozen=True, slots=True)
class Numerals:
    name: str = "C"
    decimal: str = "."
    group: str = ","
    first: int = 3
    """Digits of the group before the decimal sign, and of each one further left."""
    others: int = 3
    least: int = 4
    """So many digits are grouped: 5 where 1234 stands as it is."""
    digits: str = ASCII

    @property
    def as_written(self) -> bool:
        return (self.decimal, self.group, self.first, self.others, self.least, self.digits) == (
            ".", ",", 3, 3, 4, ASCII,
        )  # fmt: skip

    def local(self, text: str) -> str:
        """Every number in `text`, a form of the C locale, as this locale writes it."""
        return text if self.as_written else _NUMBER.sub(self._write, text)

    def _write(self, found: re.Match[str]) -> str:
        whole, _, part = found[0].partition(".")
        if "," in whole:
            whole = self._grouped(whole.replace(",", ""))
        written = f"{whole}{self.decimal}{part}" if part else whole
        return written if self.digits == ASCII else written.translate(str.maketrans(ASCII, self.digits))

    def _grouped(self, whole: str) -> str:
        if len(whole) < self.least or not self.group:
            return whole
        groups = [whole[-self.first :]]
        rest = whole[: -self.first]
        while rest:
            groups.insert(0, rest[-self.others :])
            rest = rest[: -self.others]
        return self.group.join(groups)

    def plain(self, text: str) -> str:
        """Every number in what a person typed, as the C locale writes it; `?` stands behind one that may mean two.

        Whoever reads it refuses the sign of question: nothing is taken for a thousandth of what was meant.
        """
        if self.as_written:
            return text
        digits = f"0-9{self.digits}"
        signs = re.escape(f".,{self.decimal}") + ("" if self.group in _BLANKS else re.escape(self.group))
        blank = rf"|[{_BLANKS}](?=[{digits}]{{3}}(?![{digits}]))" if self.group and self.group in _BLANKS else ""
        return re.sub(rf"[{digits}](?:[{digits}]|[{signs}{_APOSTROPHES}](?=[{digits}]){blank})*", self._unwrite, text)

    def _unwrite(self, found: re.Match[str]) -> str:
        value = self.read(found[0])
        if value is None:
            return f"{found[0]}?"
        return f"{value:.12f}".rstrip("0").rstrip(".")

    def read(self, text: str) -> float | None:
        """A number as a person writes it, by this locale or with a point or comma; None where it is none, or two.

        `1.234` is refused where the point groups: it may be meant either way, and nobody can tell.
        """
        plain = text.strip().replace("\N{MINUS SIGN}", "-").translate(str.maketrans(self.digits, ASCII))
        own = self._plain(plain, self.group, self.decimal)
        other = self._plain(plain, "", ".")
        if own is not None and other is not None and own != other:
            return None
        return next((found for found in (own, other) if found is not None), self._plain(plain, "", ","))

    def _plain(self, text: str, group: str, decimal: str) -> float | None:
        sign, body = (-1.0 if text.startswith("-") else 1.0), text[text.startswith(("-", "+")) :]
        for signs in (_BLANKS, _APOSTROPHES):
            # No keyboard has the narrow blank that French groups with: whatever looks like it is taken.
            if group and group in signs:
                body = body.translate(dict.fromkeys(map(ord, signs), group))
        whole, point, part = body.partition(decimal)
        if group and group in whole:
            if not self._is_grouped(whole.split(group)):
                return None
            whole = whole.replace(group, "")
        fits = (whole.isascii() and whole.isdigit()) or (not whole and part)
        if not fits or (point and part and not (part.isascii() and part.isdigit())):
            return None
        return sign * float(f"{whole or 0}.{part or 0}")

    def _is_grouped(self, groups: list[str]) -> bool:
        """By this locale, or by thousands, which is known everywhere."""
        sizes = [len(group) for group in groups]
        return any(
            sizes[-1] == first and all(size == others for size in sizes[1:-1]) and 0 < sizes[0] <= others
            for first, others in ((self.first, self.others), (3, 3))
        )


C = Numerals()


def numerals_of(locale: QLocale) -> Numerals:
    """As Qt writes numbers by `locale`; Qt's C locale groups nothing, and stands for the forms as they are."""
    if locale.language() == QLocale.Language.C:
        return C
    zero = locale.zeroDigit()
    digits = "".join(chr(ord(zero) + place) for place in range(10)) if len(zero) == 1 else ASCII
    group = locale.groupSeparator()
    groups = locale.toString(int(_LONG)).split(group) if group else [_LONG]
    first = len(groups[-1])
    return Numerals(
        locale.name(),
        locale.decimalPoint(),
        group,
        first,
        len(groups[-2]) if len(groups) > 1 else first,
        4 if group and group in locale.toString(1234) else 5,
        digits,
    )
