"""The one exception that users see, and how text of the data is quoted in it."""

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class UserError(Exception):
    """An error the user can fix: one sentence that says what is wrong, where, and what to do.

    The command line prints it on one line and exits with 2; pages show it in an error box. What would break that line,
    or cannot be printed, is escaped.
    """

    def __init__(self, sentence: str):
        super().__init__(printable(sentence))


def printable(text: object) -> str:
    """Text on one line that a terminal, a file and a browser can take: what they cannot is escaped, like `\\n`."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], str(text))


def shortened(text: object, most: int = 60) -> str:
    """Text of the data or of the user for a sentence, at most so many characters long."""
    text = str(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(text: object, most: int = 60) -> str:
    """The same in quotes, with what is invisible escaped: `'Alien'`, `'a\\u200bb'`."""
    return repr(shortened(text, most))


def listed(names, most: int = 12) -> str:
    """Join names for a sentence, cutting a long list: `a, b, c and 9 more`."""
    names = [str(name) for name in names]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
