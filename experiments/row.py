"""The rows of `./zotrain reproduce`: one TOML file a row, in the folder of its table.

A table's own file, table.toml, holds what its rows share:
  title, claim   for RESULTS.md
  verb           train, minimize or hessian
  [options]      of every row, named as on the command line
  [each-seed]    options that differ from seed to seed: a list, whose first entry is that of seed 1
  [targets]      train: loss = [...], accuracy = [...] (shares)
  axis           train: queries (default), or time, for figures in seconds, which want a machine that does nothing else
A row's file holds
  title, sees    what a query shows the method: scalars (default), examples or gradient
  minutes        of one run on two cores, for the time that is left
  quick, full    seeds in that tier; a tier without the key leaves the row out
  note           for RESULTS.md, e.g. the grid that its options come from and what that cost
  [options]      of the row, which win over the table's; [quick-options], [full-options]: of one tier
"{cifar10}", "{cifar100}" and "{libsvm}" in an option stand for the folders that are given; a row that needs one that is
not given is left out, and that is said. "{run:TABLE/ROW}" stands for the folder of that row's first seed, which is run before.
"""

import dataclasses
import pathlib
import re
import tomllib

TIERS = ("quick", "full")
RUN_OF = re.compile(r"{run:([^}]*)}")


class BadRow(Exception):
    """A row's file cannot be used; the text names it."""


@dataclasses.dataclass(frozen=True, eq=False)
class Row:
    table: str
    name: str
    title: str
    verb: str
    options: dict
    each_seed: dict
    seeds: tuple
    sees: str
    minutes: float
    note: str

    @property
    def label(self):
        return f"{self.table}/{self.name}"

    def missing(self, folders):
        """The folder that the row needs and that is not given, or None."""
        for value in self.options.values():
            for name, folder in folders.items():
                if isinstance(value, str) and f"{{{name}}}" in value and folder is None:
                    return name
        return None

    def needs(self):
        """The labels of the rows whose run this one is given."""
        return {label for value in self.options.values() if isinstance(value, str) for label in RUN_OF.findall(value)}

    def command(self, seed):
        """What tells a run of this row from one before the row was changed."""
        return " ".join(["zotrain", *self.words(seed, {})])

    def words(self, seed, folders, runs=None):
        """The command line behind `zotrain`; what is not given stays a placeholder."""
        words = [self.verb]
        for name, value in {**self.options, **{name: values[seed - 1] for name, values in self.each_seed.items()}, "seed": seed}.items():
            if isinstance(value, bool):
                words.append(f"--{name}={'true' if value else 'false'}")
                continue
            if isinstance(value, str):
                for folder, path in folders.items():
                    value = value.replace(f"{{{folder}}}", str(path))
                if runs is not None:
                    value = RUN_OF.sub(lambda label: str(folder_of(runs, label[1], 1)), value)
            words += [f"--{name}", str(value)]
        return words


def folder_of(runs, label, seed):
    """Of the run of a row, under the folder of a tier's runs."""
    return runs / label / f"seed-{seed}"


def read(path):
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRow(f"{path}: {error}") from None


def read_table(folder, tier):
    """The table's own entries, and its rows of `tier` in the order of their file names."""
    table = read(folder / "table.toml")
    for key in ("title", "verb"):
        if key not in table:
            raise BadRow(f"{folder / 'table.toml'}: {key}: missing")
    rows = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == "table.toml":
            continue
        row = read(path)
        known = {"title", "sees", "minutes", "note", "options", *TIERS, *(f"{name}-options" for name in TIERS)}
        for unknown in row.keys() - known:
            raise BadRow(f"{path}: {unknown}: unknown key; known are {', '.join(sorted(known))}")
        if "title" not in row:
            raise BadRow(f"{path}: title: missing")
        seeds = tuple(row.get(tier, ()))
        if seeds:
            options = table.get("options", {}) | row.get("options", {}) | row.get(f"{tier}-options", {})
            rows.append(Row(folder.name, path.stem, row["title"], table["verb"], options, table.get("each-seed", {}), seeds,
                            row.get("sees", "scalars"), row.get("minutes", 1.0), row.get("note", "")))  # fmt: skip
    return table, rows


def read_tables(folder, tier):
    """{name: (table, rows)} of every table that has rows in `tier`."""
    tables = {}
    for path in sorted(pathlib.Path(folder).glob("*/table.toml")):
        table, rows = read_table(path.parent, tier)
        if rows:
            tables[path.parent.name] = (table, rows)
    return tables
