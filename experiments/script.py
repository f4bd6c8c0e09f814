"""How plot.py and report.py, which the program carries, write a file, warn and end."""

import contextlib
import os
import sys


class Unusable(ValueError):
    """What was given cannot be used; the message names it, what it must be, and the way out."""


class Unwritable(OSError):
    """A file could not be written; the message names it, the reason and the way out."""


def say(kind, text):
    """One line on stderr; a path in it may hold what would begin another."""
    print(f"{kind}: {' '.join(str(text).splitlines())}", file=sys.stderr)


def warn(text):
    say("warning", text)


def end_with(main):
    """Runs `main`. What goes wrong is told in one line: status 2 where what was given is to blame, else 1."""
    try:
        main()
    except ImportError:
        raise  # not what was given but the Python environment is to blame, which the program tells from this
    except Exception as error:
        say("error", error if isinstance(error, (Unusable, Unwritable)) else f"{type(error).__name__}: {error}")
        sys.exit(2 if isinstance(error, Unusable) else 1)


def require_file(path, endings):
    """Raises Unusable where `path` has another ending, or is something that a file must not take the place of."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise Unusable(f"--out: '{path}' is a folder, a pipe or a device, which a file must not replace; name a file")
    if os.path.splitext(path)[1].lower() not in endings:
        listed = " or ".join([", ".join(endings[:-1]), endings[-1]] if len(endings) > 1 else endings)
        raise Unusable(f"--out: '{path}' must end in {listed}")


def write_whole(path, fill):
    """What fill(part) writes becomes `path`: a reader sees the old file or the new one, and a write that fails leaves nothing."""
    part = f"{path}.part{os.getpid()}"
    try:
        fill(part)
        os.replace(part, path)
    except OSError as error:
        reason = error.strerror or error
        raise Unwritable(f"{path}: cannot be written: {reason}; choose a folder that exists, is writable and has room") from error
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)
