"""The HTML page of report.py: curves to hover over, a table of the runs and of the options that they differ in, queries and cost by
parameter, the share of curvature that was clipped. It needs nothing but itself."""

import dataclasses
import html
import json
import re

from plotly.offline import get_plotlyjs
from report_template import PAGE
from run_curves import LINEAR_DECADES, loss_axis, short_number, smooth, x_axis
from run_files import AXES
from run_names import differing, option_text, warnings

POINTS = 2000  # of a curve; more make a page heavy and no picture finer
BY_PARAMETER = (("queries", "queries"), ("forward_equivalents", "forward passes"))


def thinned(values):
    """Every n-th of a list, the last among them, so that at most POINTS + 1 stay."""
    every = max(1, -(-len(values) // POINTS))
    return values[::every] + (values[-1:] if (len(values) - 1) % every else [])


def curve(of_axis):
    """{"x": values by axis, "y": values} of what of_axis(axis) gives as pairs."""
    pairs = {axis: thinned(of_axis(axis)) for axis in AXES}
    return {"x": {axis: [x for x, _ in each] for axis, each in pairs.items()}, "y": [y for _, y in pairs["queries"]]}


def smoothed(pairs):
    return list(zip((x for x, _ in pairs), smooth([y for _, y in pairs])))


def shares(run):
    """Percent of the queries, and of the passes, of sparse probes that enter at each parameter."""
    parameters = run.summary.get("by_parameter", [])
    found = {"names": [one["name"] for one in parameters]}
    for entry, _ in BY_PARAMETER:
        whole = sum(one[entry] for one in parameters)
        found[entry] = [100 * one[entry] / whole if whole else 0 for one in parameters]
    return found if any(one["queries"] for one in parameters) else {"names": [], **{entry: [] for entry, _ in BY_PARAMETER}}


def data_of(run):
    def clipped(axis):
        return [(step[AXES[axis][0]], step["frac_clipped"]) for step in run.steps if step.get("frac_clipped") is not None]

    return {"name": run.name, "loss": curve(run.losses), "smooth": curve(lambda axis: smoothed(run.losses(axis))),
            "accuracy": curve(run.accuracies), "clipped": curve(clipped), "parameters": shares(run)}  # fmt: skip


def row_of(run):
    """What the table says of a run: where it has ended by its summary, which counts the last evaluation too; "" for what is unknown."""
    last = (run.steps or [{}])[-1]
    end = run.ending()

    def number(value, form="{:,}"):
        return "" if value is None else form.format(value)

    def told(of_summary, of_step, form="{:,}"):
        return number(end.get(of_summary, last.get(of_step)), form)

    losses = [number(end.get(key), "{:.3f}") for key in ("first_train_loss", "final_train_loss")]
    return {
        "run": run.name, "method": run.method, "model": run.options.get("model", ""), "data": run.options.get("data", ""),
        "seed": run.options.get("seed", ""), "steps": told("steps", "step"), "queries": told("queries", "queries"),
        "reports": told("queries_report", "queries_report"), "seconds": told("wall_s", "wall_s", "{:,.1f}"),
        "training loss": " → ".join(losses) if all(losses) else number(last.get("loss"), "{:.3f}"),
        "best accuracy": number(max((100 * one["accuracy"] for one in run.evals), default=None), "{:.1f} %"),
        "stopped by": end.get("stop_reason", "goes on"),
    }  # fmt: skip


def table(head, rows):
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return '<div class="wide"><table>' + line(head, "th") + "".join(line(row, "td") for row in rows) + "</table></div>"


def options_table(runs):
    """The options that the runs differ in, a column a run."""
    rows = [[f"--{key}", *(option_text(run.options.get(key, "")) for run in runs)] for key in differing(runs)]
    return f"<h2>Options that differ</h2>{table(['option', *(run.name for run in runs)], rows)}" if rows else ""


def axis_of(runs, axis):
    found = x_axis(runs, axis)
    return {**dataclasses.asdict(found), "ticks": found.ticks(), "texts": [short_number(tick) for tick in found.ticks()]}


def page(runs):
    rows, losses = [row_of(run) for run in runs], loss_axis(runs)
    versions = sorted({f"zotrain {run.versions['zotrain']} ({run.versions['commit'][:10]})" for run in runs if run.versions})
    parts = {
        "TITLE": html.escape(runs[0].name if len(runs) == 1 else f"{len(runs)} runs"),
        "WARNINGS": "".join(f'<p class="warning">{html.escape(text)}</p>' for text in warnings(runs)),
        "TABLE": table(rows[0], [row.values() for row in rows]),
        "DIFFERENCES": options_table(runs),
        "AXES": "".join(f'<label><input type="radio" name="x" value="{axis}"{" checked" * (axis == "queries")}> {label}</label>'
                        for axis, (_, label) in AXES.items()),
        "NOTE": f'<p class="warning">{html.escape(losses.note)}</p>' if losses.note else "",
        "VERSIONS": html.escape(", ".join(versions) or "zotrain"),
        "POINTS": f"{POINTS:,}",
        "X_AXES": json.dumps({axis: axis_of(runs, axis) for axis in AXES}),
        "LOSS_AXIS": json.dumps({"logarithmic": losses.logarithmic, "ends": losses.ends}),
        "LINEAR_DECADES": str(LINEAR_DECADES),
        "BY_PARAMETER": json.dumps(BY_PARAMETER),
        # "</script>" in a name would end the script that holds it.
        "RUNS": json.dumps([data_of(run) for run in runs], allow_nan=False).replace("</", "<\\/"),
        "PLOTLY": get_plotlyjs(),
    }  # fmt: skip
    return re.sub(r"\$([A-Z_]+)", lambda name: parts[name[1]], PAGE)  # in one pass: what is put in may hold a name
