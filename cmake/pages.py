#!/usr/bin/env python3
"""pages.py PROGRAM DIR: the manual page DIR/zotrain.1 and the completion of bash, DIR/zotrain, both from `zotrain help all`."""

import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

PROGRAM, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])


class Option(NamedTuple):
    group: str
    flags: str  # "--lr", or "-h, --help"
    value: str  # "X", "full|bf16", or "" for a switch
    text: str


def output(*words):
    return subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, text=True, check=True).stdout


def options_in(text):
    """The options of a help text; a description goes on in lines that are indented deeper."""
    found, group = [], ""
    for line in text.splitlines():
        if heading := re.match(r" (\S.*) options:$", line):
            group = heading[1]
        elif start := re.match(r" {2,6}((?:-h, )?--[\w-]+)(?: (\S+))?(?: {2,}(.*))?$", line):
            found.append(Option(group, start[1], start[2] or "", start[3] or ""))
        elif found and (more := re.match(r" {8,}(\S.*)$", line)):
            found[-1] = found[-1]._replace(text=f"{found[-1].text} {more[1]}".strip())
    return found


def with_defaults(option):
    """Of a method's table, whose columns are the defaults for functions and for networks, and the meaning."""
    functions, networks, meaning = re.match(r"(\S+) {2,}(\S+) {2,}(.*)", option.text).groups()
    told = functions if functions == networks else f"{functions}, for networks {networks}"
    return option._replace(text=f"{meaning} (default: {told})")


VERBS = re.findall(r"^  ([a-z]+) +(\S.*)$", output("--help"), re.M)
TEXTS = dict(re.findall(r"^# zotrain (.*)\n((?:(?!# zotrain ).*\n)*)", output("help", "all"), re.M))
HELP = {verb: TEXTS[f"{verb} --help"] for verb, _ in VERBS}
METHODS = {words.split()[1]: text for words, text in TEXTS.items() if words.startswith("methods ") and not words.endswith("--help")}


def roff(text):
    """For troff: a dash that can be copied, no request at the start of a line, breaks in lists of words, other letters by number."""
    escaped = re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-").replace("|", "|\\:"), flags=re.M)
    return re.sub(r"[^\x00-\x7f]", lambda letter: f"\\[u{ord(letter[0]):04X}]", escaped)


def listed(options):
    lines, group = [], None
    for option in options:
        if option.group != group:
            group = option.group
            lines.append(f'.SS "{roff(group)}"')
        value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
        lines += [".TP", f"\\fB{roff(option.flags)}\\fR{value}", roff(option.text)]
    return lines


def manual():
    version = output("--version").split(",")[0]
    lines = [f'.TH ZOTRAIN 1 "" "{version}" "User Commands"', ".ad l", ".nh", ".SH NAME",
             "zotrain \\- trains deep networks by forward passes only", ".SH SYNOPSIS",
             ".B zotrain\n.I VERB\n[options]", ".SH VERBS"]  # fmt: skip
    for verb, summary in VERBS:
        lines += [".TP", f".B {verb}", roff(summary)]
    for words, text in TEXTS.items():
        if words.endswith(" --help"):
            about, found, usage = text.partition("Usage:\n")
            lines.append(f'.SH "{words[: -len(" --help")].upper()}"')
            lines += [f".B {roff(usage.splitlines()[0].strip())}", ".PP", roff(about.strip())] if found else [".nf", roff(text.strip()), ".fi"]
            lines += listed(options_in(text))
    for method, text in METHODS.items():
        lines += [f'.SH "METHOD {method.upper()}"', ".nf", roff(re.split(r"Usage:\n|\n  option ", text)[0].strip()), ".fi"]
        options = [option for option in options_in(text) if option.group != "Help"]
        lines += listed(map(with_defaults, options) if "  networks " in text else options)
    return "\n".join(lines) + "\n"


def completion():
    flags, values = [], []
    for verb, _ in VERBS:
        options = options_in("".join(text for words, text in TEXTS.items() if re.match(rf"{verb} (.* )?--help$", words)))
        for method in next((o.value.split("|") for o in options if o.flags == "--method" and "|" in o.value), []):
            options += options_in(METHODS[method])
        choices = {o.flags.removeprefix("-h, "): o.value for o in options}
        positional = re.search(rf"zotrain {verb} ([a-z|]+) ", HELP[verb])
        words = positional[1].split("|") if positional else METHODS if verb == "methods" else []
        flags.append(f"    {verb}) words='{' '.join([*words, *choices])}' ;;")
        for flag, value in choices.items():
            if "|" in value:
                values.append(f"    '{verb} {flag}') words='{value.replace('|', ' ')}' ;;")
            elif value:
                values.append(f"    '{verb} {flag}') return ;;")
    return "\n".join([
        "# Completion of bash for zotrain, made from its --help. Values without a list of words complete as file names.",
        "_zotrain() {",
        "  local words word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}",
        "  COMPREPLY=()",
        f"  [ \"$COMP_CWORD\" = 1 ] && verb='' words='{' '.join(verb for verb, _ in VERBS)} --help --version'",
        "  case $verb in", *flags, "  esac",
        '  case "$verb ${COMP_WORDS[COMP_CWORD - 1]}" in', *values, "  esac",
        '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")',
        "}",
        "complete -o default -F _zotrain zotrain",
    ]) + "\n"  # fmt: skip


FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "zotrain.1").write_text(manual())
(FOLDER / "zotrain").write_text(completion())
