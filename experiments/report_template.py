"""The text of report.py's page; report_page.py puts in what stands as $NAME."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>zotrain: $TITLE</title>
<style>
:root { color-scheme: light dark; --text: #1a1a1a; --back: #fff; --line: #ccc; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e4e4; --back: #16181c; --line: #444; } }
body { margin: 0 auto; max-width: 1100px; padding: 1em; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 1.6em 0 0.3em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.93em; white-space: nowrap; }
th, td { padding: 0.2em 0.5em; border-bottom: 1px solid var(--line); text-align: right; vertical-align: bottom; }
th { white-space: normal; } th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; min-width: 9em; }
td:first-child, h1, label, p { overflow-wrap: anywhere; }
.warning { border-left: 4px solid #d98c00; padding-left: 0.7em; } .chart { height: 380px; } svg.line { vertical-align: middle; }
label { display: inline-block; margin-right: 1em; }
</style></head><body>
<h1>$TITLE</h1>
$WARNINGS
$TABLE
<h2>Curves</h2><div id="lines"></div><h2>Against</h2><div id="axes">$AXES</div>
<h2>Training loss of the batch (nats)</h2>$NOTE<div id="loss" class="chart"></div>
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
const xAxes = $X_AXES, lossAxis = $LOSS_AXIS;
const colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"];
const dashes = ["solid", "dash", "dashdot", "dot"];
const look = (i) => ({color: colours[i % 10], dash: dashes[(i + Math.floor(i / 10)) % 4]});
const show = (id, traces, layout) => {
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text"), line = style.getPropertyValue("--line");
  const axis = {gridcolor: line, zerolinecolor: line, automargin: true};
  Plotly.react(id, traces, {
    margin: {t: 10, r: 10, b: 40, l: 50}, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: {color: text},
    hovermode: "closest", hoverlabel: {namelength: -1}, showlegend: false, modebar: {bgcolor: "rgba(0,0,0,0)"}, ...layout,
    xaxis: {...axis, ...layout.xaxis}, yaxis: {...axis, ...layout.yaxis},
  }, {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"]});
};
// One legend for all charts, which would not have the room on a narrow screen; it hides and shows runs.
runs.forEach((run, i) => {
  const label = document.createElement("label"), box = Object.assign(document.createElement("input"), {type: "checkbox", checked: true});
  const dash = {solid: "", dash: "8 5", dashdot: "8 3 2 3", dot: "2 3"}[look(i).dash];
  const path = `<path d="M2 4H32" stroke="${look(i).color}" stroke-width="3" stroke-dasharray="${dash}"/>`;
  const line = `<svg class="line" width="34" height="8">${path}</svg>`;
  label.append(box);
  label.insertAdjacentHTML("beforeend", line);
  label.append(" " + run.name);
  document.getElementById("lines").append(label);
});
const shown = (i) => document.querySelectorAll("#lines input")[i].checked;
// A logarithmic axis begins at the first step; what lies before, as the evaluation at 0 does, has its place left of it, as in plot.
const place = ({first}, x) => x < first ? first * 10 ** ($LINEAR_DECADES * (x / first - 1)) : x;
const curve = (run, i, entry, axis, look) => {
  const xs = run[entry].x[axis], single = xs.length === 1;
  return {
    name: run.name, x: xs.map((x) => place(xAxes[axis], x)), y: run[entry].y, customdata: xs, mode: single ? "markers" : "lines",
    hovertemplate: "%{customdata:,.10~g}, %{y:.5~g}<extra>%{fullData.name}</extra>", visible: shown(i), ...look,
  };
};
const curves = (entry, axis, more) => runs.map((run, i) =>
  curve(run, i, entry, axis, {line: {...look(i), width: 2}, marker: {color: look(i).color}, ...more}));
const draw = () => {
  const axis = document.querySelector("#axes input:checked").value;
  const {label, first, last, ticks, texts} = xAxes[axis], at = (x) => place(xAxes[axis], x);
  // A logarithmic axis takes the logarithms of its ends.
  const xaxis = first > 0
    ? {title: {text: label + " (logarithmic from the first step on)"}, type: "log", tickvals: ticks.map(at), ticktext: texts,
       range: [Math.log10(at(0)) - 0.05, Math.log10(last) + 0.05]}
    : {title: {text: label}, type: "linear", range: [-0.01 * (last || 1), 1.01 * (last || 1)]};
  const yaxis = {type: lossAxis.logarithmic ? "log" : "linear", ...(lossAxis.ends && {
    range: lossAxis.ends.map((end) => lossAxis.logarithmic ? Math.log10(end) : end)})};
  const layout = {xaxis};
  const faint = runs.map((run, i) => curve(run, i, "loss", axis, {opacity: 0.35, line: {color: look(i).color, width: 1}}));
  show("loss", [...faint, ...curves("smooth", axis)], {...layout, yaxis});
  show("accuracy", curves("accuracy", axis, {mode: "lines+markers"}), layout);
  const clips = runs.some((run) => run.clipped.y.length > 0);
  for (const element of document.querySelectorAll(".clipped")) element.hidden = !clips;
  if (clips) show("clipped", curves("clipped", axis), {...layout, yaxis: {range: [0, 1]}});
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
