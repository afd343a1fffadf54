"""The command line ends with the right code, one message, and no traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kedge import __version__

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "polars", "pandas", "xarray", "scipy", "numba", "pydantic", "altair", "vl_convert", "rdata",
         "pooch", "requests", "jinja2", "rich", "fastexcel", "jaxtyping")  # fmt: skip


def kedge(*arguments, **settings):
    command = [sys.executable, "-c", "from kedge.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **settings)


def test_help_names_every_group():
    ended = kedge("--help")
    assert ended.returncode == 0
    assert all(group in ended.stdout for group in ("assess", "study", "trade", "data"))


def test_version_is_the_package_version():
    assert kedge("--version").stdout == f"kedge {__version__}\n"


def test_help_loads_no_heavy_library():
    code = (
        "import sys\nfrom kedge.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize("arguments", [("nonsense",), ("study", "check"), ("study", "new"), ("--nonsense",)])
def test_a_usage_error_ends_with_two(arguments):
    ended = kedge(*arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_a_malformed_study_ends_with_two_and_one_message(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(
        (ROOT / "studies/japan.toml").read_text("utf-8").replace("target = 2.0", "target = 0.02"), "utf-8"
    )
    ended = kedge("study", "check", path)
    assert ended.returncode == 2
    assert ended.stdout.strip() == ""
    assert ended.stderr.startswith(
        f"kedge: {path}: plans.plan_a.defence_share.target = 0.02: expected percent"
    )
    assert ended.stderr.count("\n") == 1


def test_a_library_error_reaches_the_user_as_one_line():
    ended = kedge("study", "new", "ZZZ")
    assert ended.returncode == 2
    assert ended.stderr.startswith("kedge: no state of the baseline is called 'ZZZ'")
    assert ended.stderr.count("\n") == 1


def test_a_bug_shows_its_traceback():
    code = "import kedge.cli.app as a\na.build = lambda: (lambda: 1 / 0)\na.main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr


def test_ctrl_c_ends_with_130_and_one_line():
    code = (
        "import time, typer\nimport kedge.cli.app as a\napp = typer.Typer()\n"
        "@app.command()\ndef wait():\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "a.build = lambda: app\na.main()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    os.kill(running.pid, signal.SIGINT)
    _, stderr = running.communicate(timeout=30)
    assert running.returncode == 130
    assert stderr.startswith("kedge: stopped")
    assert stderr.count("\n") == 1


def test_a_reader_that_stops_reading_is_no_error():
    running = subprocess.Popen(
        [sys.executable, "-c", "from kedge.cli import main; main()", "study", "schema"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.read(10)
    running.stdout.close()
    assert running.stderr is not None
    message = running.stderr.read()
    running.wait(timeout=30)
    running.stderr.close()
    assert b"Traceback" not in message
