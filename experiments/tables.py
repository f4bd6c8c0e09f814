#!/usr/bin/env python3
"""RESULTS.md from the folders that `zotrain reproduce` left, and from the records of runs whose folders are gone.

Queries to a training loss are those at the middle of the first window of steps whose mean is at most the target; a window is
a twentieth of the run's steps, 3 at least: with a fixed number the noise of thousands of cheap steps would dip below a target early. Queries to
a test accuracy are those of the first evaluation that has it. Both count everything that the method asked for.

usage: tables.py [--tier quick|full] [--runs runs/reproduce]
"""

import argparse
import json
import pathlib
import statistics

import row
from run_files import read_run

HERE = pathlib.Path(__file__).resolve().parent
PATH_POINTS = 400  # of a path in a record
HESSIAN_COLUMNS = {  # that only some estimators have
    "block_error": "block error",
    "inverse_error": "of the inverse",
    "product_error": "of the product",
    "product_beside_gradient": "of it beside the gradient",
}


def machine():
    """What the figures were taken on, in words."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    told = dict(reversed([[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]))
    return f"{told.get('model name', '?')} (family {told.get('cpu family', '?')}, model {told.get('model', '?')})"


def axis_of(table):
    """What the figures of a table of training runs are counted in: queries or time, in seconds."""
    return table.get("axis", "queries")


def window_of(steps):
    return max(3, len(steps) // 20)


def queries_to_loss(steps, target):
    """`steps`: (queries, loss) each; None where no window has the mean."""
    width = window_of(steps)
    for last in range(width, len(steps) + 1):
        window = steps[last - width : last]
        if sum(loss for _, loss in window) / width <= target:
            return (window[0][0] + window[-1][0]) / 2
    return None


def queries_to_accuracy(evals, share):
    """`evals`: (queries, accuracy in %) each."""
    return next((queries for queries, accuracy in evals if accuracy >= 100 * share), None)


def means(steps, digits=None):
    """(queries, mean loss) of windows that follow each other; queries rounded to `digits`."""
    width = window_of(steps)
    curve = []
    for first in range(0, len(steps) - width + 1, width):
        window = steps[first : first + width]
        curve.append([round(sum(queries for queries, _ in window) / len(window), digits), round(sum(loss for _, loss in window) / len(window), 4)])
    return curve


def record_of(table, folder):
    """What RESULTS.md and the pictures need of one finished run."""
    told = json.loads((folder / "run.json").read_text())
    if (folder / "result.json").exists():
        result = json.loads((folder / "result.json").read_text())
        result.pop("options", None)  # the command says them
        if "path" in result:
            points = result["path"]
            chosen = [*points[:: max(1, len(points) // PATH_POINTS)], points[-1]]
            result["path"] = [[queries, value, [round(x, 5) for x in place]] for queries, value, place in chosen]
        return told | {"result": result}
    run, axis = read_run(folder), axis_of(table)
    steps, evals = run.losses(axis), run.accuracies(axis)
    summary = json.loads((folder / "summary.json").read_text())
    last = [loss for _, loss in steps[-window_of(steps) :]]
    return told | {
        "seconds": round(summary["wall_s"], 1),  # of all parts of a run that was interrupted
        "loss": {str(target): queries_to_loss(steps, target) for target in table["targets"]["loss"]},
        "accuracy": {str(share): queries_to_accuracy(evals, share) for share in table["targets"]["accuracy"]},
        axis: summary["wall_s" if axis == "time" else "queries"],
        "last_loss": sum(last) / len(last),
        "best_accuracy": max((accuracy for _, accuracy in evals), default=0.0),
        "losses": means(steps, 3 if axis_of(table) == "time" else None),
        "accuracies": [[queries, round(accuracy, 2)] for queries, accuracy in evals],
    }


def is_finished(runs, each, seed):
    """Whether the folder is there of a finished run of this row as it is now."""
    path = row.folder_of(runs, each.label, seed) / "run.json"
    return path.exists() and json.loads(path.read_text())["command"] == each.command(seed)


def path_of_records(rows_dir, tier):
    return rows_dir.parent / "records" / f"{tier}.json"


def kept_records(rows_dir, tier):
    """{label: {seed: record}}"""
    path = path_of_records(rows_dir, tier)
    return json.loads(path.read_text()) if path.exists() else {}


def kept_record(kept, each, seed):
    """The record of a finished run of this row as it is now, or None."""
    stored = kept.get(each.label, {}).get(str(seed))
    return stored if stored is not None and stored["command"] == each.command(seed) else None


def records(tables, rows_dir, runs, tier):
    """{label: {seed: record}}: of the run folders, else as kept; what is new is kept."""
    kept = kept_records(rows_dir, tier)
    found = {}
    for table, rows in tables.values():
        for each in rows:
            of_row = {}
            for seed in each.seeds:
                if is_finished(runs, each, seed):
                    of_row[str(seed)] = record_of(table, row.folder_of(runs, each.label, seed))
                elif (stored := kept_record(kept, each, seed)) is not None:
                    of_row[str(seed)] = stored
            if of_row:
                found[each.label] = of_row
    path = path_of_records(rows_dir, tier)
    path.parent.mkdir(exist_ok=True)
    lines = [f"{json.dumps(label)}: {json.dumps(found[label])}" for label in sorted(found)]
    part = path.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    part.rename(path)
    return found


def spread(values, budget, told=None):
    """Median of all seeds and their range; a seed that did not arrive counts as later than its budget."""
    told = told or thousands
    arrived = sorted(value for value in values if value is not None)
    if not arrived:
        return f"> {told(budget)}"
    late = len(values) - len(arrived)
    order = [*arrived, *[float("inf")] * late]
    middle = statistics.median(order)
    middle = f"> {told(budget)}" if middle == float("inf") else told(middle)
    if len(values) == 1:
        return middle
    return f"{middle} ({told(arrived[0])} – {told(arrived[-1]) if not late else f'{late} of {len(values)} not'})"


def thousands(queries):
    return f"{queries / 1e6:.2f} M" if queries >= 1e6 else f"{queries / 1e3:.1f} k" if queries >= 1e3 else f"{queries:.0f}"


def seconds(value):
    return f"{value:.0f} s"


def train_table(table, rows, found):
    told = seconds if axis_of(table) == "time" else thousands
    losses, shares = table["targets"]["loss"], table["targets"]["accuracy"]
    lines = ["| | sees | seeds | " + " | ".join(f"loss {loss}" for loss in losses) + " | "
             + " | ".join(f"{100 * share:.0f} %" for share in shares) + " | budget | loss at the end, best accuracy | minutes |",
             "|---|---|---|" + "---|" * (len(losses) + len(shares) + 3)]  # fmt: skip
    for each in rows:
        runs = list(found.get(each.label, {}).values())
        if not runs:
            lines.append(f"| {each.title} | {each.sees} | not run yet |" + " |" * (len(losses) + len(shares) + 3))
            continue
        budget = max(run[axis_of(table)] for run in runs)
        cells = [spread([run["loss"].get(str(target)) for run in runs], budget, told) for target in losses]
        cells += [spread([run["accuracy"].get(str(share)) for run in runs], budget, told) for share in shares]
        end = ", ".join(f"{statistics.median(run[key] for run in runs):{form}}" for key, form in (("last_loss", ".3f"), ("best_accuracy", ".1f")))
        minutes = statistics.median(run["seconds"] for run in runs) / 60
        lines.append(f"| {each.title} | {each.sees} | {len(runs)} | " + " | ".join(cells) + f" | {told(budget)} | {end} % | {minutes:.1f} |")
    return lines


def minimize_table(rows, found):
    targets = []
    for each in rows:
        for run in found.get(each.label, {}).values():
            targets = [f"{100 * entry['gap']:g} % of the gap" if "gap" in entry else f"{entry['target']:g}" for entry in run["result"]["targets"]]
    lines = ["| | seeds | " + " | ".join(f"to {target}" for target in targets) + " | best value |", "|---|---|" + "---|" * (len(targets) + 1)]
    for each in rows:
        runs = [run["result"] for run in found.get(each.label, {}).values()]
        if not runs:
            lines.append(f"| {each.title} | not run yet |" + " |" * (len(targets) + 1))
            continue
        budget = max(run["queries"] for run in runs)
        cells = [spread([run["targets"][i]["queries"] for run in runs], budget) for i in range(len(targets))]
        lines.append(f"| {each.title} | {len(runs)} | " + " | ".join(cells) + f" | {statistics.median(run['best'] for run in runs):.4g} |")
    return lines


def hessian_table(rows, found):
    every = [run["result"] for each in rows for run in found.get(each.label, {}).values()]
    more = {key: title for key, title in HESSIAN_COLUMNS.items() if any(key in run for run in every)}
    lines = ["| | seeds | queries | error | of the zero matrix |" + "".join(f" {title} |" for title in more.values()), "|---|---|---|---|---|" + "---|" * len(more)]
    for each in rows:
        runs = [run["result"] for run in found.get(each.label, {}).values()]
        if not runs:
            lines.append(f"| {each.title} | not run yet | | | |" + " |" * len(more))
            continue
        mean = {key: statistics.fmean(run[key] for run in runs) for key in ("queries", "error", "zero_error")}
        cells = [f"{statistics.fmean(run[key] for run in runs):.3g}" if key in runs[0] else "" for key in more]
        lines.append(f"| {each.title} | {len(runs)} | {thousands(mean['queries'])} | {mean['error']:.3g} | {mean['zero_error']:.3g} |" + "".join(f" {cell} |" for cell in cells))
    return lines


def section(name, table, rows, found, tier):
    lines = [f"## {table['title']}", "", table.get("claim", "").strip(), ""]
    write_rows = {"train": lambda: train_table(table, rows, found), "minimize": lambda: minimize_table(rows, found),
                  "hessian": lambda: hessian_table(rows, found)}  # fmt: skip
    lines += write_rows[table["verb"]]()
    notes = [f"* {each.title}: {each.note.strip()}" for each in rows if each.note]
    runs = [run for each in rows for run in found.get(each.label, {}).values()]
    drawn = table["verb"] == "train" or table.get("options", {}).get("print-path", False)
    if drawn and any(each.label in found for each in rows):
        lines += ["", f"![{table['title']}](experiments/results/{name}-{tier}.png)"]
    lines += ["", *notes, *([""] if notes else [])]
    if runs:
        hours = sum(run["seconds"] for run in runs) / 3600
        lines += [f"`./zotrain reproduce {name}`: {len(runs)} runs, {hours:.1f} hours in all, {', '.join(sorted({run['machine'] for run in runs}))}, "
                  f"threads a run: {', '.join(sorted({str(run['threads']) for run in runs}))}.", ""]  # fmt: skip
    return lines


def statements(path, tables, found):
    """What the sources say, and whether it was found."""
    if not path.exists():
        return []
    lines = ["## Statements of the sources", "", "| source | says | table | verdict | because |", "|---|---|---|---|---|"]
    for claim in row.read(path)["claim"]:
        rows = [each for name in claim["tables"] if name in tables for each in tables[name][1]]
        answered = not claim["tables"] or any(each.label in found for each in rows)
        verdict, because = (claim.get("verdict", "no verdict yet"), claim.get("because", "")) if answered else ("not run yet", "")
        lines.append(f"| {claim['source']} | {claim['says']} | {', '.join(claim['tables'])} | {verdict} | {because} |")
    return [*lines, ""]


def write(rows_dir, runs, tier):
    """RESULTS.md beside the folder of `rows_dir`, and the records in that."""
    tables = row.read_tables(rows_dir, tier)
    found = records(tables, rows_dir, runs, tier)
    lines = [f"# Results, tier {tier}", "", "Written by `./zotrain reproduce`; nothing here is typed by hand but titles and notes. " + __doc__.split("\n\n")[1].replace("\n", " "), "",
             "A cell is the median over the seeds and their range; \"> 60.0 k\" says that the budget ended before.", ""]  # fmt: skip
    lines += statements(rows_dir.parent / "claims.toml", tables, found)
    for name, (table, rows) in tables.items():
        lines += section(name, table, rows, found, tier)
    path = rows_dir.parent.parent / ("RESULTS.md" if tier == "full" else "RESULTS-quick.md")
    path.write_text("\n".join(lines).rstrip() + "\n")
    print(f"tables: {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", choices=row.TIERS, default="quick")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/reproduce"))
    options = parser.parse_args()
    write(HERE / "rows", options.runs / options.tier, options.tier)


if __name__ == "__main__":
    main()
