"""Futures streamed to disk: CPU time and peak memory of 10^5, 10^6 and 10^7 of them, drawn, run and written.

    python benchmarks/strategy_stream.py [FOLDER] [COUNT ...]

35 uncertainties, 4 plans, 7 measures of random numbers that no compression helps; about 520 bytes of disk a
future while it runs, taken away at the end of each count.  Each count runs in a process of its own, so that
its peak memory is its own.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BYTES = 530
COLUMNS, PLANS, MEASURES, CHUNK = 35, 4, 7, 8192


def run(folder, count):
    """Stream one ensemble and print its costs as JSON."""
    from kedge.strategy import EnsembleSettings, Uncertainty
    from kedge.strategy.designs import SampledFutures
    from kedge.strategy.stream import stream_ensemble

    ready = np.random.default_rng(0).random((PLANS, CHUNK, MEASURES))
    names = [
        tuple(f"{kind}{number}" for number in range(size)) for kind, size in (("p", PLANS), ("m", MEASURES))
    ]
    ranges = [Uncertainty(f"u{number}", 0, 1) for number in range(COLUMNS)]
    source = SampledFutures(ranges, count, 1)
    model = lambda block: ready[:, : len(block)]  # noqa: E731
    stream_ensemble(
        model, SampledFutures(ranges, 100, 1), EnsembleSettings(folder / "warm", CHUNK, "x", *names)
    )
    clock, start = time.perf_counter(), time.process_time()
    for first in range(0, count, CHUNK):
        source.rows(first, min(first + CHUNK, count))
    drawing, start = time.process_time() - start, time.process_time()
    clock = time.perf_counter()
    stream_ensemble(model, source, EnsembleSettings(folder / "run", CHUNK, "x", *names))
    cpu, wall = time.process_time() - start, time.perf_counter() - clock
    size = sum(path.stat().st_size for path in (folder / "run").iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"drawing": drawing, "cpu": cpu, "wall": wall, "bytes": size, "peak": peak}))


def main():
    if sys.argv[1:2] == ["--one"]:
        run(Path(sys.argv[2]), int(sys.argv[3]))
        return
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.gettempdir()
    for count in [int(text) for text in sys.argv[2:]] or [10**5, 10**6, 10**7]:
        if shutil.disk_usage(folder).free < 2 * BYTES * count:
            print(f"{count:>10} futures: skipped, too little space in {folder}")
            continue
        with tempfile.TemporaryDirectory(dir=folder) as inside:
            command = [sys.executable, __file__, "--one", inside, str(count)]
            ended = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        told = json.loads(ended.stdout)
        each = 1e6 / (count * PLANS)
        cpu, drawing = told["cpu"] * each, told["drawing"] * each
        print(
            f"{count:>10} futures: {cpu:.3f} us CPU an experiment, {drawing:.3f} of it drawing; "
            f"{told['cpu']:.1f} s CPU, {told['wall']:.1f} s; peak memory {told['peak']:.2f} GiB; "
            f"{told['bytes'] / 1e9:.2f} GB on disk",
            flush=True,
        )


if __name__ == "__main__":
    main()
