"""A run that is stopped leaves nothing that a later run trusts, and ends as if it had not been."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUTURES = 5 * 4096


def start(out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from kedge.cli import main; main()", "assess", "studies/japan.toml"]
    command += ["--futures", str(FUTURES), "--seed", "5", "--out", str(out)]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"NUMBA_NUM_THREADS": "2"}, stderr=subprocess.PIPE, text=True
    )


def wait_for_a_chunk(out: Path, run: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    journal = out / "run.chunks"
    while not (journal.is_file() and journal.read_text()):
        assert run.poll() is None, "ended before it could be stopped"
        assert time.monotonic() < deadline, "no chunk was written in five minutes"
        time.sleep(0.02)


def finish(out: Path) -> None:
    run = start(out)
    _, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    finish(out)
    return out


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_is_taken_up_and_ends_with_the_same_bytes(how, undisturbed, tmp_path):
    run = start(tmp_path)
    wait_for_a_chunk(tmp_path, run)
    run.send_signal(how)
    _, errors = run.communicate(timeout=60)
    if how == signal.SIGINT:
        assert run.returncode == 130
        assert "Traceback" not in errors
    else:
        assert run.returncode == -signal.SIGKILL
    assert not (tmp_path / "results.parquet").exists()
    assert not (tmp_path / "brief.html").exists()
    assert not (tmp_path / "manifest.json").exists()
    finish(tmp_path)
    for name in ("results.parquet", "futures.parquet"):
        assert (tmp_path / name).read_bytes() == (undisturbed / name).read_bytes()


def test_a_damaged_result_is_not_trusted(undisturbed, tmp_path):
    finish(tmp_path)
    results = tmp_path / "results.parquet"
    content = bytearray(results.read_bytes())
    content[len(content) // 2] ^= 0xFF
    results.write_bytes(content)
    finish(tmp_path)
    assert results.read_bytes() == (undisturbed / "results.parquet").read_bytes()


def test_a_stopped_restart_leaves_no_older_brief_beside_newer_results(undisturbed, tmp_path):
    (tmp_path / "brief.html").write_text("an older brief", "utf-8")
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    (tmp_path / "thesis.txt").write_text("somebody's own", "utf-8")
    run = start(tmp_path)
    wait_for_a_chunk(tmp_path, run)
    run.kill()
    run.communicate(timeout=60)
    assert not (tmp_path / "brief.html").exists()
    assert not (tmp_path / "manifest.json").exists()
    assert (tmp_path / "thesis.txt").exists()


def test_the_manifest_lists_the_runs_own_files_alone(undisturbed):
    listed = json.loads((undisturbed / "manifest.json").read_text("utf-8"))["files"]
    own = {name for name in listed if not name.startswith("figures/")}
    assert own == {"problem.json", "results.parquet", "futures.parquet", "brief.html", "evidence.csv"}


def test_another_seed_is_refused_in_the_same_folder_and_named(undisturbed):
    command = [sys.executable, "-c", "from kedge.cli import main; main()", "assess", "studies/japan.toml"]
    ended = subprocess.run(
        [*command, "--futures", "64", "--seed", "6", "--out", str(undisturbed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "--restart" in ended.stderr
    assert "Traceback" not in ended.stderr
