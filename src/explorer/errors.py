"""The one exception a person may see."""


class UserError(Exception):
    """A mistake a person can mend: one sentence that says what is wrong, where, and what to do.

    The command line prints it on one line and exits with 2; pages show it in an error box.
    """


def listed(names, most: int = 12) -> str:
    """Join names for a sentence, cutting a long list: `a, b, c and 9 more`."""
    names = [str(name) for name in names]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
