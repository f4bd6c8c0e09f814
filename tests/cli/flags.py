"""The program's verbs and flags, read from its own --help."""

import functools
import re

from support import zotrain

# A flag opens a line: "  -h, --help", "      --lr X".
OPENING = re.compile(r"^ {2,6}(?:-h, )?(--[a-z0-9][a-z0-9-]*)", re.M)


def output(*words):
    done = zotrain(*words)
    if done.returncode != 0:
        raise AssertionError(f"zotrain {' '.join(words)}: {done.stderr}")
    return done.stdout


def in_help(text):
    """The flags that a help text lists."""
    return set(OPENING.findall(text))


@functools.cache
def verbs():
    return re.findall(r"^  ([a-z]+) +\S", output("--help"), re.M)


@functools.cache
def methods():
    """Those of networks; behind an empty line follow those for functions only."""
    return re.findall(r"^([a-z-]+) +\S", output("methods").split("\n\n")[0], re.M)


@functools.cache
def texts():
    """The text of every help, by the words that print it alone."""
    return dict(re.findall(r"^# zotrain (.*)\n((?:(?!# zotrain ).*\n)*)", output("help", "all"), re.M))


@functools.cache
def of(verb, method=None):
    """The flags of a verb and of its parts, as of `data fetch`; those of train and minimize depend on the method."""
    if method:
        return in_help(output(verb, "--help", "--method", method))
    return set().union(*(in_help(text) for words, text in texts().items() if re.match(rf"{verb} (.* )?--help$", words)))


def described(method):
    """The flags of a method by `methods NAME`."""
    return in_help(texts()[f"methods {method}"])


def every():
    """Every flag that some verb has with some method."""
    return of("minimize", "nlopt-newuoa").union(*map(of, verbs()), *map(described, methods()))
