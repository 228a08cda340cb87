"""Downloads from a server on loopback that is slow, breaks off, lies, or sends something else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import time
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from explorer.data import downloads, load_dataset
from explorer.data.downloads import PUBLIC_SETS, PublicSet, download, find_public_set
from explorer.errors import UserError


def zipped(files: dict[str, bytes], link: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            file.writestr(info, "/etc/passwd")
    return buffer.getvalue()


ITEMS = "item_id,title\n" + "".join(f"{n},Thing {n}\n" for n in range(20))
ROWS = "user_id,item_id\n" + "".join(f"{u},{(u * 3 + n) % 20}\n" for u in range(30) for n in range(6))
GOOD = zipped({"tiny/items.csv": ITEMS.encode(), "tiny/interactions.csv": ROWS.encode()})


class Server:
    """What it sends, and how."""

    def __init__(self):
        self.content, self.checksum, self.kind = GOOD, None, "application/zip"
        self.said_length, self.ends_after, self.delay, self.status, self.tag = None, None, 0.0, 200, '"one"'
        self.ranges: list[str | None] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith(".md5"):
            text = (self.checksum or f"{hashlib.md5(self.content).hexdigest()}  tiny.zip\n").encode()
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)
            return
        wanted = handler.headers.get("Range")
        self.ranges.append(wanted)
        start = 0
        if wanted and handler.headers.get("If-Range") == self.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        body = self.content[start:]
        handler.send_response(206 if start else self.status)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        handler.send_header("Content-Type", self.kind)
        handler.send_header("ETag", self.tag)
        if self.said_length != "none":
            handler.send_header("Content-Length", str(self.said_length or len(body)))
        handler.end_headers()
        if self.ends_after is not None:
            body, self.ends_after = body[: self.ends_after], None
        for place in range(0, len(body), 200):
            handler.wfile.write(body[place : place + 200])
            if self.delay:
                handler.wfile.flush()
                time.sleep(self.delay)


@pytest.fixture
def server(monkeypatch):
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(OSError):  # the client has gone
                served.answer(self)
            self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{http.server_port}"
        served.set = PublicSet(
            "tiny", "Tiny", f"{base}/tiny.zip", f"{base}/tiny.zip.md5", len(GOOD), "Be kind.", base, "tiny"
        )
        yield served
        http.shutdown()


def leftovers(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_set_is_fetched_unpacked_and_can_be_loaded(server, tmp_path):
    said = []
    folder = download(server.set, tmp_path, True, lambda stage, done, text="", *_: said.append(done))
    assert load_dataset(str(folder)).n_users == 30
    assert leftovers(tmp_path) == ["tiny/interactions.csv", "tiny/items.csv"]
    assert said == sorted(said)
    assert said[-1] == 1
    with pytest.raises(UserError, match="is already there"):
        download(server.set, tmp_path, True)


def test_nothing_is_asked_of_the_server_before_the_licence_is_accepted(server, tmp_path):
    with pytest.raises(UserError, match="Be kind"):
        download(server.set, tmp_path, False)
    assert server.ranges == []
    assert leftovers(tmp_path) == []


def test_a_slow_server_is_waited_for(server, tmp_path):
    server.delay = 0.05
    assert download(server.set, tmp_path, True).is_dir()


def test_a_silent_server_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.3)
    server.delay = 1.0
    with pytest.raises(UserError, match="broke off or could not be made"):
        download(server.set, tmp_path, True)


def test_a_broken_download_goes_on_from_where_it_ended(server, tmp_path):
    server.ends_after = 250
    with pytest.raises(UserError, match="try again, which goes on from there"):
        download(server.set, tmp_path, True)
    assert not (tmp_path / "tiny").exists()
    download(server.set, tmp_path, True)
    assert server.ranges == [None, "bytes=250-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(server, tmp_path):
    server.ends_after = 250
    with pytest.raises(UserError):
        download(server.set, tmp_path, True)
    server.tag = '"two"'
    server.content = zipped({"tiny/items.csv": ITEMS.encode(), "tiny/interactions.csv": ROWS.encode(), "tiny/x": b"x"})
    download(server.set, tmp_path, True)
    assert (tmp_path / "tiny" / "x").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "text/html; charset=utf-8"}, "sends a page instead"),
        ({"checksum": "0" * 32}, "is not what its publisher states"),
        ({"checksum": "<html>nothing here</html>"}, "does not state a checksum"),
        ({"said_length": 10**12}, "offers"),
        ({"said_length": len(GOOD) + 50}, "broke off"),
        ({"status": 404}, "answers 404"),
        ({"content": b"no zip at all"}, "cannot be unpacked"),
        ({"content": GOOD * 3, "said_length": "none"}, "sends more than"),
        ({"content": zipped({"../evil": b"x"})}, "outside its folder"),
        ({"content": zipped({"/etc/evil": b"x"})}, "outside its folder"),
        ({"content": zipped({"..\\\\evil": b"x"})}, "outside its folder"),
        ({"content": zipped({}, link="tiny/link")}, "outside its folder"),
        ({"content": zipped({"tiny/bomb": bytes(60 * 2**20)})}, "far more than the data set"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_leaves_no_data_set(change, said, server, tmp_path):
    for name, value in change.items():
        setattr(server, name, value)
    of = server.set
    if len(server.content) > 2 * of.size and server.said_length != "none":
        of = replace(of, size=len(server.content))
    with pytest.raises(UserError, match=said):
        download(of, tmp_path / "data", True)
    assert not (tmp_path / "data" / "tiny").exists()
    assert not (tmp_path / "evil").exists()


def test_nothing_listens(tmp_path, server):
    gone = replace(server.set, url="http://127.0.0.1:9/tiny.zip", checksum_url="http://127.0.0.1:9/x.md5")
    with pytest.raises(UserError, match="could not be made"):
        download(gone, tmp_path, True)


def test_every_public_set_says_where_it_is_from_and_what_one_may_do():
    for name, each in PUBLIC_SETS.items():
        assert find_public_set(name) is each
        assert each.url.startswith("https://")
        assert each.licence
    with pytest.raises(UserError, match="there are ml-100k"):
        find_public_set("ml-7")
