"""The HTML page of report.py: curves to hover over, a table of the runs and of the options that they differ in, queries and cost by
parameter, the share of curvature that was clipped. It needs nothing but itself."""

import html
import json
import re

from plotly.offline import get_plotlyjs
from run_files import AXES, differences, scales, smooth, warnings

POINTS = 2000  # of a curve; more make a page heavy and no picture finer
BY_PARAMETER = (("queries", "queries"), ("forward_equivalents", "forward passes"))
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>zotrain: $TITLE</title>
<style>
:root { color-scheme: light dark; --text: #1a1a1a; --back: #fff; --line: #ccc; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e4e4; --back: #16181c; --line: #444; } }
body { margin: 0 auto; max-width: 1100px; padding: 1em; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 1.6em 0 0.3em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; white-space: nowrap; }
th, td { padding: 0.2em 0.7em; border-bottom: 1px solid var(--line); text-align: right; } th:first-child, td:first-child { text-align: left; }
.warning { border-left: 4px solid #d98c00; padding-left: 0.7em; } .chart { height: 380px; } svg.line { vertical-align: middle; }
label { margin-right: 1em; white-space: nowrap; }
</style></head><body>
<h1>$TITLE</h1>
$WARNINGS
<div class="wide">$TABLE</div>
<h2>Curves</h2><div id="lines"></div><h2>Against</h2><div id="axes">$AXES</div>
<h2>Training loss of the batch (nats)</h2><div id="loss" class="chart"></div>
<h2>Test accuracy (%)</h2><div id="accuracy" class="chart"></div>
<h2 class="clipped">Share of curvature that was clipped</h2><div id="clipped" class="chart clipped"></div>
<h2 class="parameters">Queries and cost by parameter, in the order of the forward pass</h2>
<p class="parameters">Sparse probes by the parameter that they enter at (%); a forward pass is one over the whole batch.</p>
<div id="queries" class="chart parameters"></div><div id="forward_equivalents" class="chart parameters"></div>
$DIFFERENCES
<p>$VERSIONS. A curve has at most $POINTS points; thick lines are smoothed over a sixtieth of a run.</p>
<script>$PLOTLY</script>
<script id="runs" type="application/json">$RUNS</script>
<script>
"use strict";
const runs = JSON.parse(document.getElementById("runs").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const labels = $LABELS, scales = $SCALES;
const colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"];
const dashes = ["solid", "dash", "dashdot", "dot"];
const look = (i) => ({color: colours[i % 10], dash: dashes[(i + Math.floor(i / 10)) % 4]});
const show = (id, traces, layout) => {
  const style = getComputedStyle(document.documentElement), text = style.getPropertyValue("--text"), line = style.getPropertyValue("--line");
  const axis = {gridcolor: line, zerolinecolor: line, automargin: true};
  Plotly.react(id, traces, {
    margin: {t: 10, r: 10, b: 40, l: 50}, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: {color: text},
    hovermode: "closest", showlegend: false, modebar: {bgcolor: "rgba(0,0,0,0)"}, ...layout,
    xaxis: {...axis, ...layout.xaxis}, yaxis: {...axis, ...layout.yaxis},
  }, {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"]});
};
// One legend for all charts, which would not have the room on a narrow screen; it hides and shows runs.
runs.forEach((run, i) => {
  const label = document.createElement("label"), box = Object.assign(document.createElement("input"), {type: "checkbox", checked: true});
  const dash = {solid: "", dash: "8 5", dashdot: "8 3 2 3", dot: "2 3"}[look(i).dash];
  const line = `<svg class="line" width="34" height="8"><path d="M2 4H32" stroke="${look(i).color}" stroke-width="3" stroke-dasharray="${dash}"/></svg>`;
  label.append(box);
  label.insertAdjacentHTML("beforeend", line);
  label.append(" " + run.name);
  document.getElementById("lines").append(label);
});
const shown = (i) => document.querySelectorAll("#lines input")[i].checked;
const curves = (entry, axis, mode) => runs.map((run, i) => {
  // A logarithmic axis has no place for the evaluation before the first query, and Plotly would draw a line to it.
  const from = scales[axis][0] === "log" ? run[entry].x[axis].findIndex((x) => x > 0) : 0;
  const after = (values) => from < 0 ? [] : values.slice(from);
  return {name: run.name, x: after(run[entry].x[axis]), y: after(run[entry].y), mode, line: {...look(i), width: 2}, visible: shown(i)};
});
const draw = () => {
  const axis = document.querySelector("#axes input:checked").value;
  const last = Math.max(0, ...runs.flatMap((run) => [run.loss, run.accuracy].flatMap((each) => each.x[axis].slice(-1))));
  const first = Math.min(last, ...runs.flatMap((run) => run.loss.x[axis].slice(0, 1)));
  const [scale, lossScale] = scales[axis];
  // A logarithmic axis takes the logarithms of its ends.
  const range = scale === "log" ? [Math.log10(first) - 0.05, Math.log10(last) + 0.05] : [-0.01 * last, 1.01 * last];
  const layout = {xaxis: {title: {text: labels[axis]}, type: scale, range}};
  const faint = runs.map((run, i) => ({
    name: run.name, x: run.loss.x[axis], y: run.loss.y, mode: "lines", opacity: 0.35, line: {color: look(i).color, width: 1},
    visible: shown(i),
  }));
  show("loss", [...faint, ...curves("smooth", axis, "lines")], {...layout, yaxis: {type: lossScale}});
  show("accuracy", curves("accuracy", axis, "lines+markers"), layout);
  const clips = runs.some((run) => run.clipped.y.length > 0);
  for (const element of document.querySelectorAll(".clipped")) element.hidden = !clips;
  if (clips) show("clipped", curves("clipped", axis, "lines"), {...layout, yaxis: {range: [0, 1]}});
  const known = runs.some((run) => run.parameters.names.length > 0);
  for (const element of document.querySelectorAll(".parameters")) element.hidden = !known;
  for (const [entry, text] of $BY_PARAMETER) {
    if (!known) break;
    const bars = runs.map((run, i) => ({
      name: run.name, type: "bar", x: run.parameters.names, y: run.parameters[entry], marker: {color: look(i).color}, visible: shown(i),
    }));
    show(entry, bars, {barmode: "group", yaxis: {title: {text: text + " (%)"}}, xaxis: {tickangle: -60}});
  }
  document.body.dataset.drawn = axis;
};
for (const id of ["axes", "lines"]) document.getElementById(id).addEventListener("change", draw);
dark.addEventListener("change", draw);
draw();
</script></body></html>
"""


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
    """What the table says of a run; "" for what is not known yet."""
    last, summary = (run.steps or [{}])[-1], run.summary

    def number(value, form="{:,}"):
        return "" if value is None else form.format(value)

    losses = [summary.get(key) for key in ("first_train_loss", "final_train_loss")]
    return {
        "run": run.name, "method": run.method, "model": run.options.get("model", ""), "data": run.options.get("data", ""),
        "seed": run.options.get("seed", ""), "steps": number(last.get("step")), "queries": number(last.get("queries")),
        "reports": number(last.get("queries_report")), "seconds": number(last.get("wall_s"), "{:,.1f}"),
        "training loss": " → ".join(number(loss, "{:.3f}") for loss in losses) if None not in losses else number(last.get("loss"), "{:.3f}"),
        "best accuracy": number(max((100 * one["accuracy"] for one in run.evals), default=None), "{:.1f} %"),
        "stopped by": summary.get("stop_reason", "goes on"),
    }  # fmt: skip


def option_text(value):
    return str(value).lower() if isinstance(value, bool) else value


def table(rows):
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line(rows[0], "th") + "".join(line(row.values(), "td") for row in rows) + "</table>"


def page(runs):
    differ = differences(runs)
    rows = [{"option": f"--{key}", **{run.name: option_text(run.options.get(key, "")) for run in runs}} for key in differ]
    versions = sorted({f"zotrain {run.versions['zotrain']} ({run.versions['commit'][:10]})" for run in runs if run.versions})
    parts = {
        "TITLE": html.escape(runs[0].name if len(runs) == 1 else f"{len(runs)} runs"),
        "WARNINGS": "".join(f'<p class="warning">{html.escape(text)}</p>' for text in warnings(runs)),
        "TABLE": table([row_of(run) for run in runs]),
        "DIFFERENCES": f'<h2>Options that differ</h2><div class="wide">{table(rows)}</div>' if differ else "",
        "AXES": "".join(f'<label><input type="radio" name="x" value="{axis}"{" checked" * (axis == "queries")}> {label}</label>'
                        for axis, (_, label) in AXES.items()),
        "VERSIONS": html.escape(", ".join(versions) or "zotrain"),
        "POINTS": f"{POINTS:,}",
        "SCALES": json.dumps({axis: scales(runs, axis) for axis in AXES}),
        "LABELS": json.dumps({axis: label for axis, (_, label) in AXES.items()}),
        "BY_PARAMETER": json.dumps(BY_PARAMETER),
        # "</script>" in a name would end the script that holds it.
        "RUNS": json.dumps([data_of(run) for run in runs], allow_nan=False).replace("</", "<\\/"),
        "PLOTLY": get_plotlyjs(),
    }  # fmt: skip
    return re.sub(r"\$([A-Z_]+)", lambda name: parts[name[1]], PAGE)  # in one pass: what is put in may hold a name
