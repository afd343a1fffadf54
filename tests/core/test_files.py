"""A file is there whole or not at all."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kedge.core import files
from kedge.core.errors import OutputError
from kedge.core.files import sha256_of, write_text, written_aside


def test_a_file_appears_whole_and_alone(tmp_path):
    path = tmp_path / "deep" / "result.txt"
    write_text(path, "naïve\n")
    assert path.read_bytes() == "naïve\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_permissions_follow_the_umask(tmp_path):
    path = tmp_path / "result.txt"
    write_text(path, "x")
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def write_half(path, trouble):
    with written_aside(path) as aside:
        aside.write_text("half")
        raise trouble


@pytest.mark.parametrize("trouble", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_a_block_that_does_not_end_well_keeps_the_old_file(tmp_path, trouble):
    path = tmp_path / "result.txt"
    write_text(path, "old")
    with pytest.raises(trouble):
        write_half(path, trouble)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_of_the_old_file_never_sees_half_of_the_new(tmp_path):
    path = tmp_path / "result.txt"
    write_text(path, "old")
    with path.open() as reader:
        write_text(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "result.txt"
    write_text(path, "old")
    code = """
import os, signal, sys
from pathlib import Path
from kedge.core.files import written_aside
with written_aside(Path(sys.argv[1])) as aside:
    aside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    rest = [other.name for other in tmp_path.iterdir() if other != path]
    assert all(name.startswith(".result.txt.") and name.endswith(".part") for name in rest)


def test_a_full_disk_is_told_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "result.txt"
    write_text(path, "old")
    with pytest.raises(OutputError, match=r"No space left on device.*free space"):
        write_half(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device of Linux that is full")
def test_a_disk_that_fills_while_writing_is_told(tmp_path):
    def write():
        with written_aside(tmp_path / "result.txt") as aside:
            aside.unlink()
            aside.symlink_to("/dev/full")
            aside.write_text("x" * 100_000)

    with pytest.raises(OutputError, match="No space left"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_at_the_flush_is_told(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_text(tmp_path / "result.txt", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*--out"):
        write_text(tmp_path / "file" / "result.txt", "x")


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "result.txt").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "result.txt", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_device_is_never_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="no ordinary file"):
        write_text(pipe, "text")
    assert pipe.is_fifo()
