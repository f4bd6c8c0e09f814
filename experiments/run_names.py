"""What tells runs apart: names, groups that differ in the seed alone, options that differ."""

import json

from run_files import read_run
from script import Unusable

# What a run may differ in and still be another seed of the same.
OF_ONE_RUN = {"seed", "data-dir", "threads", "device", "keep-checkpoints", "checkpoint-every", "eval-every"}
# Runs that differ in these answer different questions.
COMPARED = ("data", "model", "batch", "augment")


def option_text(value):
    """As the program writes and takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_runs(folders, names=""):
    """Runs with names that tell them apart: those given, with commas between, else "method (seed N)"."""
    given = names.split(",") if names else []
    if given and len(given) != len(folders):
        many = [f"{len(each)} {what}{'s' * (len(each) != 1)}" for each, what in ((given, "name"), (folders, "run"))]
        raise Unusable(f"--names: {many[0]} for {many[1]}: give each run one, in order, with commas between")
    if len(set(given)) < len(given) or "" in given:
        raise Unusable(f"--names: '{names}' must name each run, and no two alike")
    runs = [read_run(folder) for folder in folders]
    seen = {}
    for run in runs:
        if (first := seen.setdefault(run.folder.resolve(), run)) is not run:
            raise Unusable(f"{run.folder}: is the run {first.folder} once more; name each run once")
    if all(run.is_empty() for run in runs):
        raise Unusable(f"{runs[0].log}: holds no step yet; wait for the first one of the run")
    for run, name in zip(runs, given or told_names(runs)):
        run.name, run.named = name, bool(given)
    return runs


def folder_names(runs):
    """The last part of each folder's path, and as many before it as tell it from the other runs."""
    paths = [run.folder.resolve().parts[1:] for run in runs]

    def unique_end(path):
        ends = (path[-length:] for length in range(1, len(path) + 1))
        return "/".join(next((end for end in ends if [other[-len(end) :] for other in paths].count(end) == 1), path))

    return [unique_end(path) for path in paths]


def told_names(runs):
    """Method and seed of each, with the folder where runs share both; the folder alone where there are no options."""
    told = [f"{run.method} ({seed_text(run)}" if "seed" in run.options else "" for run in runs]
    names = []
    for one, folder in zip(told, folder_names(runs)):
        names.append(folder if not one else f"{one})" if told.count(one) == 1 else f"{one}, {folder})")
    return names


def seed_text(run):
    return f"seed {run.options['seed']}"


def groups(runs):
    """Runs that differ in nothing but the seed and where they ran, as (name, runs), in the order of the first of each."""
    found = {}
    for run in runs:
        key = json.dumps({name: value for name, value in run.options.items() if name not in OF_ONE_RUN}, sort_keys=True, default=str)
        found.setdefault(key if run.options else str(run.folder), []).append(run)
    for members in found.values():
        yield group_name(members, [others[0] for others in found.values() if others[0].method == members[0].method]), members


def group_name(members, of_method):
    """The method, what the group does otherwise than the others of its method, and the seeds."""
    first = members[0]
    if len(members) == 1 and (first.named or "seed" not in first.options):
        return first.name
    options = "".join(f" --{key} {option_text(first.options[key])}" for key in differing(of_method) if key in first.options)
    seeds = f"{len(members)} seeds" if len(members) > 1 else seed_text(first)
    return f"{first.method}{options} ({seeds})"


def differing(runs):
    """Names of the options that not all runs share, but for those of a single run and the method."""
    names = dict.fromkeys(key for run in runs for key in run.options if key not in OF_ONE_RUN | {"method"})
    return [key for key in names if len({str(run.options.get(key)) for run in runs}) > 1]


def warnings(runs):
    """Why a picture of the runs may mislead, a line a reason."""
    for run in runs:
        if run.is_empty():
            yield f"{run.log} holds no step yet, so {run.name} has no curve"
    for option in COMPARED:
        values = list(dict.fromkeys(option_text(run.options[option]) for run in runs if option in run.options))
        if len(values) > 1:
            yield f"the runs differ in --{option} ({', '.join(values)}), so their curves do not compare"
