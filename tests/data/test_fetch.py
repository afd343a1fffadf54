"""What goes wrong between an address and a file, and that nothing half-right is ever used."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import kedge.data.download
import kedge.data.fetch as fetching
from kedge.core.errors import ChecksumMismatch, DataError, FetchFailed, MalformedFile, UnknownSource
from kedge.data.catalogue import Source
from kedge.data.fetch import Settings, fetch, fetch_source, settings, verify

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass
class Server:
    address: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return f"{self.address}{path}"

    def give(self, path: str, body: bytes, status: int = 200) -> str:
        return self.serve(path, lambda handler, _: send(handler, body, status))


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, length: int | None = None) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            count = state.asked.count(self.path)
            state.asked.append(self.path)
            answer = state.answers.get(self.path)
            if answer is None:
                send(self, b"no such file", 404)
            else:
                answer(self, count)

        def log_message(self, format: str, *args: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{web.server_port}"
    yield state
    web.shutdown()
    web.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kedge.data.download, "WAITS", (0.0, 0.0, 0.0))
    for name in ("KEDGE_CACHE", "KEDGE_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


BODY = b"iso3,iso_code,CountryName\nNAM,1,Namibia\nJPN,2,Japan\n"


def source(*addresses: str, body: bytes = BODY, unpinned: tuple[str, ...] = ()) -> Source:
    return Source(
        key="sample",
        title="Sample",
        publisher="Nobody",
        page="http://127.0.0.1/page",
        addresses=addresses,
        unpinned=unpinned,
        mirror="folder/sample.csv",
        sha256=(hashlib.sha256(body).hexdigest(),),
        bytes=len(body),
        licence="none",
        citation="Nobody (2025). Sample.",
        vintage="2025",
        units="none",
        reader="kedge.data.readers.trade:read_matrix_labels",
    )


def at(folder: Path, mirror: str = "", offline: bool = False) -> Settings:
    return Settings(folder, mirror, offline)


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_fetched_verified_and_then_taken_from_the_cache(server, tmp_path: Path) -> None:
    one = source(server.give("/good.csv", BODY))
    path = fetch_source(one, at(tmp_path))
    assert path.read_bytes() == BODY
    assert fetch_source(one, at(tmp_path)) == path
    assert server.asked == ["/good.csv"]


def test_an_unknown_source_is_named_with_the_nearest_keys() -> None:
    with pytest.raises(UnknownSource, match="did you mean cow-nmc-7"):
        fetch("cow-nmc")


def test_wrong_bytes_are_refused_with_both_hashes_and_not_asked_for_again(server, tmp_path: Path) -> None:
    one = source(server.give("/wrong.csv", BODY + b"FRA,3,France\n"))
    with pytest.raises(ChecksumMismatch, match=f"expected SHA-256 {one.sha256[0]}, got .*another edition"):
        fetch_source(one, at(tmp_path))
    assert server.asked == ["/wrong.csv"]
    assert leftovers(tmp_path) == []


def test_after_wrong_bytes_the_next_address_is_tried(server, tmp_path: Path) -> None:
    one = source(server.give("/wrong.csv", b"a,b\n1,2\n"), server.give("/good.csv", BODY))
    assert fetch_source(one, at(tmp_path)).read_bytes() == BODY
    assert server.asked == ["/wrong.csv", "/good.csv"]


def test_a_web_page_in_place_of_a_table_is_called_one(server, tmp_path: Path) -> None:
    one = source(server.give("/page", b"<!DOCTYPE html>\n<html><body>Please log in</body></html>"))
    with pytest.raises(MalformedFile, match="web page where a data file was expected"):
        fetch_source(one, at(tmp_path))
    assert leftovers(tmp_path) == []


def test_a_truncated_gzip_stream_is_called_cut_off(server, tmp_path: Path) -> None:
    packed = gzip.compress(BODY * 50, mtime=0)
    one = source(server.give("/cut.gz", packed[: len(packed) // 2]), body=packed)
    with pytest.raises(ChecksumMismatch, match="gzip stream is cut off"):
        fetch_source(one, at(tmp_path))
    assert leftovers(tmp_path) == []


def test_an_address_that_knows_nothing_is_not_asked_again(server, tmp_path: Path) -> None:
    one = source(f"{server.address}/missing.csv")
    with pytest.raises(FetchFailed, match="answered 404"):
        fetch_source(one, at(tmp_path))
    assert server.asked == ["/missing.csv"]


def test_a_server_in_trouble_is_asked_again(server, tmp_path: Path) -> None:
    one = source(server.serve("/busy.csv", lambda handler, n: send(handler, BODY, 503 if n < 2 else 200)))
    assert fetch_source(one, at(tmp_path)).read_bytes() == BODY
    assert len(server.asked) == 3


def test_a_connection_that_drops_midway_is_started_over(server, tmp_path: Path) -> None:
    body = BODY * 4000

    def drop(handler: BaseHTTPRequestHandler, count: int) -> None:
        send(handler, body if count else body[: len(body) // 2], length=len(body))

    one = source(server.serve("/dropping.csv", drop), body=body)
    assert fetch_source(one, at(tmp_path)).read_bytes() == body
    assert len(server.asked) == 2


def test_a_connection_that_always_drops_ends_in_one_error(server, tmp_path: Path) -> None:
    one = source(server.serve("/dropping.csv", lambda handler, _: send(handler, BODY[:9], length=len(BODY))))
    with pytest.raises(FetchFailed, match="tried 4 times"):
        fetch_source(one, at(tmp_path))
    assert leftovers(tmp_path) == []


def test_a_refused_connection_asks_whether_there_is_a_network(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(FetchFailed, match="is there a network"):
        fetch_source(source(f"http://127.0.0.1:{port}/x.csv"), at(tmp_path))


def test_an_endless_answer_does_not_fill_the_disk(server, tmp_path: Path) -> None:
    one = source(server.give("/endless.csv", b"x" * (3 << 20)))
    with pytest.raises(FetchFailed, match="far more than expected"):
        fetch_source(one, at(tmp_path))
    assert leftovers(tmp_path) == []


def test_offline_opens_no_connection(server, tmp_path: Path) -> None:
    one = source(server.give("/good.csv", BODY))
    with pytest.raises(FetchFailed, match="offline, and no verified copy"):
        fetch_source(one, at(tmp_path, offline=True))
    assert server.asked == []
    fetch_source(one, at(tmp_path))
    assert fetch_source(one, at(tmp_path, offline=True)).read_bytes() == BODY


def test_the_environment_sets_all_three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path))
    monkeypatch.setenv("KEDGE_MIRROR", "http://127.0.0.1:9/m/")
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    assert settings() == Settings(tmp_path, "http://127.0.0.1:9/m/", True)


def test_a_cached_file_changed_on_disk_is_replaced_and_never_used(server, tmp_path: Path) -> None:
    one = source(server.give("/good.csv", BODY))
    path = fetch_source(one, at(tmp_path))
    stat = path.stat()
    path.write_bytes(BODY.replace(b"Japan", b"Jaqan"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert verify(one, at(tmp_path)) == "damaged"
    with pytest.raises(ChecksumMismatch, match="damage on disk"):
        fetch_source(one, at(tmp_path, offline=True))
    assert fetch_source(one, at(tmp_path)).read_bytes() == BODY
    assert verify(one, at(tmp_path)) == "cached"


def test_a_mirror_folder_is_used_in_place_and_comes_first(server, tmp_path: Path) -> None:
    file = tmp_path / "mirror" / "folder" / "sample.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY)
    one = source(server.give("/good.csv", BODY))
    assert fetch_source(one, at(tmp_path / "cache", str(tmp_path / "mirror"))) == file
    assert server.asked == []
    assert verify(one, at(tmp_path / "cache", str(tmp_path / "mirror"))) == "mirror"


def test_a_damaged_mirror_file_is_passed_over(server, tmp_path: Path) -> None:
    file = tmp_path / "mirror" / "folder" / "sample.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY[:-5])
    one = source(server.give("/good.csv", BODY))
    path = fetch_source(one, at(tmp_path / "cache", str(tmp_path / "mirror")))
    assert path.is_relative_to(tmp_path / "cache")


def test_a_link_out_of_the_mirror_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes(BODY)
    file = tmp_path / "mirror" / "folder" / "sample.csv"
    file.parent.mkdir(parents=True)
    file.symlink_to(outside)
    with pytest.raises(FetchFailed, match="leads outside the mirror"):
        fetch_source(source(), at(tmp_path / "cache", str(tmp_path / "mirror"), offline=True))


def test_a_mirror_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="neither a folder nor"):
        fetch_source(source(), at(tmp_path, str(tmp_path / "nowhere"), offline=True))


def test_a_mirror_address_is_tried_before_the_catalogue(server, tmp_path: Path) -> None:
    server.give("/mirror/folder/sample.csv", BODY)
    one = source(f"{server.address}/never.csv")
    assert fetch_source(one, at(tmp_path, f"{server.address}/mirror")).read_bytes() == BODY
    assert server.asked == ["/mirror/folder/sample.csv"]


def test_a_full_disk_says_how_much_is_needed(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetching, "download", full)
    with pytest.raises(FetchFailed, match=r"No space left on device.*needs about 52 bytes.*KEDGE_CACHE"):
        fetch_source(source(server.give("/good.csv", BODY)), at(tmp_path))
    assert leftovers(tmp_path) == []


def test_a_write_the_system_refuses_is_not_taken_for_trouble_with_the_network(server) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left"):
        kedge.data.download.download(server.give("/good.csv", BODY), Full(), 1 << 20)
    assert server.asked == ["/good.csv"]


def test_a_cache_that_cannot_be_written_says_so(server, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(FetchFailed, match=r"cache cannot hold the file.*--cache"):
        fetch_source(source(server.give("/good.csv", BODY)), at(blocked))


def test_a_read_only_cache_says_so(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("kedge.core.files.tempfile.mkstemp", refuse)
    with pytest.raises(FetchFailed, match="Read-only file system"):
        fetch_source(source(server.give("/good.csv", BODY)), at(tmp_path))


def test_an_unpinned_file_counts_once_its_reader_accepts_it(server, tmp_path: Path) -> None:
    other = BODY.replace(b"\n", b"\r\n")
    one = source(unpinned=(server.give("/living.csv", other),))
    path = fetch_source(one, at(tmp_path))
    assert path.read_bytes() == other
    assert fetch_source(one, at(tmp_path, offline=True)) == path
    path.write_bytes(other + b"X")
    with pytest.raises(ChecksumMismatch):
        fetch_source(one, at(tmp_path, offline=True))


def test_an_unpinned_file_with_a_renamed_column_is_refused(server, tmp_path: Path) -> None:
    one = source(unpinned=(server.give("/living.csv", BODY.replace(b"CountryName", b"Land")),))
    with pytest.raises(MalformedFile, match="expected column 'CountryName', found"):
        fetch_source(one, at(tmp_path))
    assert leftovers(tmp_path) == []


def test_progress_is_reported_up_to_the_whole(server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    body = BODY * 4000
    fetch_source(
        source(server.give("/big.csv", body), body=body), at(tmp_path), lambda d, t: seen.append((d, t))
    )
    assert seen[-1] == (len(body), len(body))
    assert all(done <= total for done, total in seen)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system with SIGKILL")
def test_a_fetch_killed_midway_leaves_nothing_that_is_trusted(server, tmp_path: Path) -> None:
    release = threading.Event()

    def stall(handler, count: int) -> None:
        if count:
            send(handler, BODY)
            return
        send(handler, BODY[:20], length=len(BODY))
        release.wait(20)

    one = source(server.serve("/slow.csv", stall))
    script = (
        "import sys; from pathlib import Path; from kedge.data.catalogue import Source;"
        "from kedge.data.fetch import Settings, fetch_source;"
        f"fetch_source({one!r}, Settings(Path(sys.argv[1]), '', False))"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    deadline = time.monotonic() + 20
    while not server.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    release.set()
    assert not (tmp_path / "sample" / "sample.csv").exists()
    left = leftovers(tmp_path)
    assert all(path.name.endswith(".part") for path in left)
    for path in left:
        os.utime(path, (0, 0))
    assert fetch_source(one, at(tmp_path)).read_bytes() == BODY
    assert [path.name for path in leftovers(tmp_path)] == ["sample.csv"]


def test_every_trouble_is_a_data_error() -> None:
    assert all(
        issubclass(each, DataError) for each in (ChecksumMismatch, FetchFailed, MalformedFile, UnknownSource)
    )
