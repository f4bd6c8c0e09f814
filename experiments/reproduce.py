#!/usr/bin/env python3
"""Runs the rows of experiments/rows, seed by seed, and writes RESULTS.md and pictures from what they left.

What is finished is not run again; what was interrupted goes on where its last checkpoint stands. A run that fails does
not stop the others, and is told at the end.

usage: zotrain reproduce [ROW ...] [--tier quick|full] [--jobs N] [--data-dir DIR] [--cifar100 DIR] [--libsvm DIR]
  ROW          a table, or TABLE/ROW, of experiments/rows; all without one
  --data-dir   the folder that holds cifar-10-batches-bin
  --jobs       runs at once; default: one a GPU, or one every four cores
  --unrecorded leaves out what experiments/records has from runs of other days or machines
  --list       says what would run, and for how long
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pictures
import row
import tables

HERE = pathlib.Path(__file__).resolve().parent
FINISHED = re.compile(r"^(max-|target)")  # what stop_reason says of a run that ended by itself


def ended(folder):
    """Whether the run in `folder` ended by itself."""
    if (folder / "result.json").exists():
        return True
    summary = folder / "summary.json"
    return summary.exists() and FINISHED.match(json.loads(summary.read_text())["stop_reason"]) is not None


class Runner:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.begun, self.done, self.failed, self.live = {}, [], [], set()
        self.stop = False
        # Of the rows' own minutes, learned from the runs that ended here.
        self.told_s = self.taken_s = 0.0

    def start(self, each, seed, out, log, device):
        command = [self.options.program, *each.words(seed, self.options.folders, self.options.runs)]
        begun = out.with_suffix(".command")  # of the run whose folder is there
        if each.verb == "train":
            command += ["--out", str(out), "--quiet", "--threads", str(self.threads(each)), "--device", device]
            same = begun.exists() and begun.read_text() == each.command(seed)
            if same and any((out / "checkpoints").glob("step-*")):
                command += ["--resume"]
            elif out.exists():
                shutil.rmtree(out)  # with what another row left there, whose run it must not pass for
        with self.lock:
            if self.stop:
                return None
            begun.write_text(each.command(seed))
            # In a session of its own, so that an interrupt at the keyboard reaches it once, through this program; told to
            # stop if this program is killed, so that no run goes on unseen beside the one that takes its place.
            command = ["setpriv", "--pdeathsig", "TERM", *command]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
            self.live.add(process)
        return process

    def threads(self, each):
        """Of one run; what is no training takes those of its row, or one."""
        if each.verb != "train":
            return each.options.get("threads", 1)
        return max(1, (os.cpu_count() or 1) // self.options.jobs)

    def run(self, each, seed, device):
        """Returns why it failed, or None."""
        folder = row.folder_of(self.options.runs, each.label, seed)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with self.lock:
            self.begun[each, seed] = time.monotonic()
        with open(folder.with_suffix(".log"), "w") as log:
            process = self.start(each, seed, folder, log, device)
            if process is None:
                return None
            out, _ = process.communicate()
        with self.lock:
            self.live.discard(process)
        if process.returncode != 0:
            lines = folder.with_suffix(".log").read_text().splitlines()
            return lines[-1] if lines else f"exit {process.returncode}"
        if each.verb != "train":
            folder.mkdir(exist_ok=True)
            part = folder / "result.json.part"
            part.write_text(out)
            part.rename(folder / "result.json")
        if not ended(folder):
            return "ended before its budget"
        seconds = time.monotonic() - self.begun[each, seed]
        told = {"command": each.command(seed), "machine": tables.machine(), "threads": self.threads(each)}
        (folder / "run.json").write_text(json.dumps(told | {"seconds": round(seconds, 1)}, indent=2) + "\n")
        with self.lock:
            self.told_s += 60 * each.minutes
            self.taken_s += seconds
        return None

    def left_s(self, waiting):
        """Of the runs that wait and those that are on their way."""
        pace = self.taken_s / self.told_s if self.told_s else 1.0
        now = time.monotonic()
        total = sum(60 * each.minutes * pace for each, _ in waiting)
        for (each, seed), begun in self.begun.items():
            if (each, seed) not in self.done:
                total += max(0.0, 60 * each.minutes * pace - (now - begun))
        return total / self.options.jobs

    def all(self, work):
        devices = self.options.devices
        free = list(devices) * -(-self.options.jobs // len(devices))
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:

            def one(item):
                each, seed = item
                with self.lock:
                    if self.stop:
                        return
                    device = free.pop(0)
                try:
                    problem = self.run(each, seed, device)
                except Exception as error:  # whatever it is, the others go on
                    problem = repr(error)
                with self.lock:
                    free.append(device)
                    if self.stop:
                        return
                    self.done.append(item)
                    if problem is not None:
                        self.failed.append((each, seed, problem))
                    waiting = [other for other in work if other not in self.begun]
                    verdict = "done" if problem is None else f"FAILED: {problem}"
                    print(f"[{len(self.done)}/{len(work)}] {each.label} seed {seed}: {verdict} after "
                          f"{duration(time.monotonic() - self.begun[item])}, about {duration(self.left_s(waiting))} left", flush=True)  # fmt: skip

            # First what others are given.
            needed = set().union(*(each.needs() for each, _ in work))
            for first in (True, False):
                list(pool.map(one, [item for item in work if (item[0].label in needed) == first]))

    def interrupt(self, *_):
        """Every run saves a checkpoint and leaves; nothing new starts."""
        with self.lock:
            self.stop = True
            for process in self.live:
                process.send_signal(signal.SIGTERM)


def duration(seconds):
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min" if minutes else f"{seconds:.0f} s"


def gpus(program):
    told = subprocess.run([program, "info"], capture_output=True, text=True, check=True).stdout
    return sum(line.startswith("cuda ") and "no device: " not in line for line in told.splitlines())


def options_of(words):
    parser = argparse.ArgumentParser(prog="zotrain reproduce", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--tier", choices=row.TIERS, default="quick")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("ZO_DATA_DIR"))
    parser.add_argument("--cifar100", type=pathlib.Path)
    parser.add_argument("--libsvm", type=pathlib.Path)
    parser.add_argument("--unrecorded", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs/reproduce"))
    parser.add_argument("--rows-dir", type=pathlib.Path, default=HERE / "rows", help=argparse.SUPPRESS)
    parser.add_argument("--program", default=str(HERE.parent / "zotrain"), help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    options.folders = {
        name: path.resolve() if path else None
        for name, path in (("cifar10", options.data_dir), ("cifar100", options.cifar100), ("libsvm", options.libsvm))
    }
    for name, path in options.folders.items():
        if path is not None and not path.is_dir():
            parser.error(f"{path}: no such folder")
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"--jobs: {options.jobs} must be at least 1")
    options.runs = options.runs.resolve() / options.tier
    return options


def chosen(options, all_tables):
    every = [each for _, rows in all_tables.values() for each in rows]
    names = {each.label for each in every} | set(all_tables)
    for name in options.rows:
        if name not in names:
            sys.exit(f"zotrain reproduce: {name}: no table or row of the tier {options.tier}; there are {', '.join(sorted(names))}")
    rows = [each for each in every if not options.rows or {each.label, each.table} & set(options.rows)]
    needed = set().union(*(each.needs() for each in rows))
    return [each for each in every if each in rows or each.label in needed]


def main():
    options = options_of(sys.argv[1:])
    try:
        all_tables = row.read_tables(options.rows_dir, options.tier)
    except row.BadRow as problem:
        sys.exit(f"zotrain reproduce: {problem}")
    rows = chosen(options, all_tables)
    for name in sorted({each.missing(options.folders) for each in rows} - {None}):
        flag = {"cifar10": "data-dir"}.get(name, name)
        left_out = [each.label for each in rows if each.missing(options.folders) == name]
        print(f"left out for want of --{flag}: {', '.join(left_out)}", file=sys.stderr)
    # Seed by seed, so that every row has one before any has two.
    missing = [(each, seed) for each in rows if not each.missing(options.folders) for seed in each.seeds
               if not tables.is_finished(options.runs, each, seed)]  # fmt: skip
    work = missing
    if options.unrecorded:
        kept = tables.kept_records(options.rows_dir, options.tier)
        work = [item for item in missing if tables.kept_record(kept, *item) is None]
        # Of a run that others are given its folder is wanted, not its record: that of the first seed.
        given = set().union(*(each.needs() for each, _ in work))
        work += [(each, seed) for each, seed in missing
                 if each.label in given and seed == each.seeds[0] and (each, seed) not in work]  # fmt: skip
    work.sort(key=lambda item: item[0].seeds.index(item[1]))
    count = gpus(options.program)
    options.devices = [f"cuda:{i}" for i in range(count)] or ["cpu"]
    options.jobs = options.jobs or count or max(1, (os.cpu_count() or 1) // 4)
    runner = Runner(options)
    print(f"{len(work)} runs to do, {options.jobs} at once, about {duration(runner.left_s(work))}; they go to {options.runs}", flush=True)
    if options.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
        for each, seed in work:
            print(f"  {each.label} seed {seed}: zotrain {' '.join(each.words(seed, {}))}")
        return
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, runner.interrupt)
    runner.all(work)
    tables.write(options.rows_dir, options.runs, options.tier)
    pictures.write(options.rows_dir, options.tier)
    for each, seed, problem in runner.failed:
        print(f"{each.label} seed {seed} FAILED: {problem}", file=sys.stderr)
    sys.exit(3 if runner.stop else 1 if runner.failed else 0)


if __name__ == "__main__":
    main()
