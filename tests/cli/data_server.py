"""A server on this machine that behaves badly in the ways that real ones do, and the files that it serves."""

import collections
import gzip
import hashlib
import http.server
import io
import re
import socket
import tarfile
import threading
import time

BINS = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"]
FOLDER = "cifar-10-batches-bin"
# Black pictures, as many of every class; the names of the classes.
RECORDS = b"".join(bytes([label]) + bytes(3072) for label in range(10)) * 1000
NAMES = "".join(f"class{label}\n" for label in range(10)).encode()


def member(name, content=b"", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


def archive(members):
    """The bytes of a .tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), compresslevel=1, mtime=0)


def cifar10(changed=None):
    """CIFAR-10 in the publisher's layout; `changed` has other contents by name, None to leave the file out."""
    contents = {"batches.meta.txt": NAMES} | dict.fromkeys(BINS, RECORDS) | (changed or {})
    files = [member(f"{FOLDER}/{name}", content) for name, content in contents.items() if content is not None]
    return archive([member(f"{FOLDER}/", kind=tarfile.DIRTYPE), *files])


def libsvm(rows, features=24):
    return "".join(f"{'+1' if row % 2 else '-1'} {row % features + 1}:0.5 \n" for row in range(rows)).encode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `content[path]` as `manner[path]` says; `asked[path]` lists the Range headers that came."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.manner = {}, {}
        self.asked = collections.defaultdict(list)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def serve(self, path, content, **manner):
        """`content` at `path`, and the address."""
        self.content[path], self.manner[path] = content, manner
        scheme = "https" if hasattr(self.socket, "context") else "http"
        return f"{scheme}://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        """A client that leaves early is what the tests are about."""

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """A manner: status, redirect, headers; type; length (said, not true); ranges=False; etag; honest=False (sends a
    range of whatever it has now); cut (bytes of an answer, after which it hangs up); times (of the cut or the status,
    then well); pace (seconds a byte); silent."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        manner = self.server.manner.get(self.path)
        if manner is None:
            self.send_error(404)
            return
        asked = self.server.asked[self.path]
        asked.append(self.headers.get("Range"))
        well = len(asked) > manner.get("times", 1 << 30)
        if manner.get("silent"):
            time.sleep(30)
        elif "redirect" in manner:
            self.answer(302, b"", {"Location": manner["redirect"]})
        elif "status" in manner and not well:
            self.answer(manner["status"], b"sorry", {"Content-Type": "text/html"})
        else:
            self.send_file(manner, well)

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, manner, well):
        content = self.server.content[self.path]
        etag = manner.get("etag", f'"{sha256(content)[:16]}"')
        headers = {"Content-Type": manner.get("type", "application/gzip"), "ETag": etag}
        first, status = 0, 200
        ranged = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        same = self.headers.get("If-Range") in (None, etag) or not manner.get("honest", True)
        if ranged and same and manner.get("ranges", True):
            first, status = int(ranged[1]), 206
            if first >= len(content):
                self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                return
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        body = content[first:]
        headers["Content-Length"] = str(manner.get("length", len(body)))
        if manner.get("length", 0) is None:
            del headers["Content-Length"]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(body if well else body[: manner.get("cut", len(body))], manner.get("pace"))

    def send_body(self, body, pace):
        if pace is None:
            self.wfile.write(body)
            self.wfile.flush()
            return
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            time.sleep(pace)


def closed_port():
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
