"""`data fetch` and `data verify` against a server that is slow, cuts, lies or serves something else."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tarfile
import threading
import time
import unittest

import data_server
import support
from data_server import BINS, FOLDER, RECORDS, archive, cifar10, closed_port, libsvm, member, sha256

# Most tests fetch a small set of one file, with the checksum of what is served.
SMALL = libsvm(1000)
FILE, ARCHIVE = "german.libsvm", "cifar-10-binary.tar.gz"
# Begins as a .tar.gz does; for what fails before anything is unpacked.
BYTES = b"\x1f\x8b" + bytes(range(256)) * 400


class FetchTest(support.CliTest):
    @classmethod
    def setUpClass(cls):
        cls.cifar10 = cifar10()
        # Whoever is not on this machine is asked through a proxy that is not there.
        nobody = f"http://127.0.0.1:{closed_port()}"
        proxies = {"http_proxy": nobody, "https_proxy": nobody, "no_proxy": "127.0.0.1"}
        unset = {name.upper() for name in proxies} | {"ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "ZO_DATA_DIR"}
        cls.environment = {k: v for k, v in os.environ.items() if k not in unset} | proxies

    def setUp(self):
        super().setUp()
        self.server = data_server.Server()
        self.addCleanup(self.server.stop)
        self.data = self.folder / "sets"

    def data_verb(self, *words, **options):
        options = {"env": self.environment} | options
        return support.run_program(["data", *words], cwd=self.folder, timeout=120, **options)

    def words(self, url, content, *more, name="german"):
        return ["fetch", name, "--data-dir", self.data, "--mirror", url, "--sha256", sha256(content),
                "--retry-pause", 0, "--timeout", 1, *more]  # fmt: skip

    def fetch(self, url, *more, name="german", content=SMALL, **options):
        done = self.data_verb(*self.words(url, content, *more, name=name), **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        if name == "cifar10":
            self.assertEqual(self.left(), [FOLDER])
        else:
            self.assertEqual((self.left(), (self.data / FILE).read_bytes()), ([FILE], content))
        return done.stdout

    def refuse_fetch(self, url, *more, name="german", content=SMALL, **options):
        """The one line of the error."""
        done = self.data_verb(*self.words(url, content, *more, name=name), **options)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertFalse((self.data / FOLDER).exists() or (self.data / FILE).exists())
        return done.stderr

    def refuse_archive(self, url, content=BYTES, *more, **options):
        return self.refuse_fetch(url, *more, name="cifar10", content=content, **options)

    def left(self):
        return sorted(path.name for path in self.data.iterdir()) if self.data.exists() else []

    def part(self, file=FILE):
        return (self.data / f"{file}.part").read_bytes()

    def test_a_set_arrives_whole_verified_and_leaves_no_archive(self):
        url = self.server.serve("/good.tar.gz", self.cifar10)
        said = self.fetch(url, name="cifar10", content=self.cifar10)
        self.assertIn(f"{ARCHIVE} from 127.0.0.1:{self.server.server_port}\n", said)
        self.assertIn("50,000 training and 10,000 test pictures, 5,000 and 1,000 of each of 10 classes; other bytes", said)
        self.assertEqual(sorted(p.name for p in (self.data / FOLDER).iterdir()), sorted([*BINS, "batches.meta.txt"]))
        self.assertEqual((self.data / FOLDER / BINS[2]).read_bytes(), RECORDS)
        # It is there now, and nobody is asked again.
        self.assertIn("cifar10 is in ", self.fetch(url, name="cifar10", content=self.cifar10))
        self.assertEqual(len(self.server.asked["/good.tar.gz"]), 1)
        os.truncate(self.data / FOLDER / BINS[0], 5)
        done = self.data_verb(*self.words(url, self.cifar10, name="cifar10"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"\Azotrain: .*{BINS[0]}: 5 bytes, expected 30730000 \([^;]*; move it out of .* and fetch cifar10 again\n\Z")

    def test_a_folder_as_mirror_a_redirect_and_no_stated_length(self):
        self.server.serve("/mirror/german.numer_scale", SMALL, length=None)
        self.server.serve("/moved/german.numer_scale", b"", redirect="/mirror/german.numer_scale")
        self.fetch(self.server.serve("/moved/", b""))

    def test_cut_connections_are_gone_on_from_by_this_call_and_the_next(self):
        piece = len(SMALL) // 7 + 1
        url = self.server.serve("/cut", SMALL, cut=piece)
        self.assertIn(f"cuts the connection after {3 * piece:,} of {len(SMALL):,} bytes, 3 times in a row; "
                      f"{3 * piece:,} bytes are kept and the same command goes on from there; or download",
                      self.refuse_fetch(url, "--retries", 2))  # fmt: skip
        self.assertEqual(self.part(), SMALL[: 3 * piece])
        self.assertIn(f"on from {3 * piece:,} bytes", self.fetch(url))
        self.assertEqual(self.server.asked["/cut"], [None] + [f"bytes={n * piece}-" for n in range(1, 7)])

    def test_a_server_without_ranges_starts_over(self):
        url = self.server.serve("/norange", SMALL, cut=5000, times=1, ranges=False)
        self.assertIn("does not go on, or has a newer file: from the start", self.fetch(url))
        self.assertEqual(self.server.asked["/norange"], [None, "bytes=5000-"])

    def test_a_file_that_changed_in_between_is_not_mixed_with_the_old_one(self):
        for honest in (True, False):
            with self.subTest(honest=honest):
                shutil.rmtree(self.data, ignore_errors=True)
                url = self.server.serve(f"/changed{honest}", SMALL.replace(b"0.5", b"0.7"), cut=5000)
                self.refuse_fetch(url, "--retries", 0)
                self.assertEqual(len(self.part()), 5000)
                self.server.serve(f"/changed{honest}", SMALL, honest=honest)
                self.fetch(url)

    def test_a_complete_part_needs_no_server(self):
        url = self.server.serve("/good", SMALL)
        self.data.mkdir()
        (self.data / f"{FILE}.part").write_bytes(SMALL)
        (self.data / f"{FILE}.part.json").write_text(f'{{"url": "", "version": "", "bytes": {len(SMALL)}}}')
        self.fetch(url)
        self.assertEqual(self.server.asked["/good"], [])

    def test_parts_that_fit_nothing_are_replaced(self):
        url = self.server.serve("/good", SMALL)
        for content, origin in ((b"x" * 2_000_000, "{"), (b"x" * 10, "[]"), (b"", '{"bytes": "many"}')):
            with self.subTest(origin=origin):
                shutil.rmtree(self.data, ignore_errors=True)
                self.data.mkdir()
                (self.data / f"{FILE}.part").write_bytes(content)
                (self.data / f"{FILE}.part.json").write_text(origin)
                self.fetch(url)

    def test_slow_and_silent_servers(self):
        url = self.server.serve("/slow", BYTES, pace=0.01)
        self.assertRegex(self.refuse_archive(url, BYTES), r"is too slow: under 1,000 bytes a second for 1 s \(--timeout\), \d+ of 102,402 bytes came; \d+ bytes are kept")
        self.assertIn("does not answer within 1 s (--timeout); download https://www.cs.toronto.edu",
                      self.refuse_archive(self.server.serve("/silent", b"", silent=True), BYTES, "--data-dir", self.folder / "other"))  # fmt: skip

    def test_lengths_that_are_not_true(self):
        line = self.refuse_archive(self.server.serve("/less", BYTES, length=2 * len(BYTES), ranges=False), BYTES, "--retries", 1)
        self.assertIn("cuts the connection after 102,402 of 204,804 bytes, 2 times in a row", line)
        line = self.refuse_archive(self.server.serve("/more", self.cifar10, length=100_000), self.cifar10)
        self.assertIn("says that the file has 100,000 bytes, but the archive does not end there; download", line)
        self.assertEqual(self.left(), [])
        line = self.refuse_archive(self.server.serve("/huge", BYTES, length=1 << 40), BYTES)
        self.assertIn("says that the file has 1,099,511,627,776 bytes, more than 1,073,741,824 is refused", line)

    def refuse_mirrors(self, urls, reasons, *more):
        """One call that asks all of them: a warning for each but the last, whose reason ends the call."""
        mirrors = [word for url in urls[1:] for word in ("--mirror", url)]
        done = self.data_verb(*self.words(urls[0], BYTES, *mirrors, *more, name="cifar10"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), len(reasons), done.stderr)
        for number, (line, reason) in enumerate(zip(lines, reasons)):
            behind = "; asking " if number + 1 < len(lines) else "; download https://"
            self.assertIn(f"{ARCHIVE}: 127.0.0.1:{self.server.server_port} {reason}", line)
            self.assertIn(behind, line)
        self.assertEqual(self.left(), [])

    def test_something_else_than_the_file(self):
        page = b"<!DOCTYPE html><title>Please log in</title>"
        urls = [self.server.serve("/login", page, type="text/html; charset=utf-8"), self.server.serve("/masked", page),
                self.server.serve("/zip", b"PK\x03\x04" + BYTES), self.server.serve("/other", self.cifar10)]  # fmt: skip
        self.refuse_mirrors(urls, ["sends a web page in place of the file", "sends a web page in place of the file",
                                   "sends something else than a .tar.gz", f"gives another file: SHA-256 {sha256(self.cifar10)}, expected {sha256(BYTES)}"])  # fmt: skip

    def test_what_servers_refuse_and_where_they_send_us(self):
        cases = [
            ("/gone", {"status": 404}, "has no such file (HTTP 404);"),
            ("/private", {"status": 403}, "does not let us in (HTTP 403);"),
            ("/broken", {"status": 503}, "is out of order (HTTP 503), 3 times in a row;"),
            ("/teapot", {"status": 418}, "answers HTTP 418 instead of the file;"),
            ("/loop", {"redirect": "/loop"}, "redirects too often;"),
            ("/file", {"redirect": "file:///etc/passwd"}, "redirects to another protocol than http and https"),
            ("/nobody", {"redirect": f"https://127.0.0.1:{closed_port()}/x"}, "cannot be reached ("),
        ]
        urls = [self.server.serve(path, b"", **manner) for path, manner, _ in cases]
        self.refuse_mirrors(urls, [reason for _, _, reason in cases], "--retries", 2)
        self.assertEqual(len(self.server.asked["/broken"]), 3)
        self.fetch(self.server.serve("/busy", SMALL, status=503, times=2))

    def test_hosts_that_are_not_there(self):
        self.assertIn("cannot be reached (", self.refuse_archive(f"http://127.0.0.1:{closed_port()}/x", BYTES))
        # A label of 64 letters is no name, which is known without asking anybody.
        name = "x" * 64 + ".invalid"
        known = self.environment | {"no_proxy": "*"}
        self.assertIn(f"{name} is not known here as a host", self.refuse_archive(f"http://{name}/x", BYTES, env=known))
        proxy = self.environment | {"http_proxy": f"http://{name}", "no_proxy": ""}
        self.assertIn("as the proxy of http_proxy", self.refuse_archive("http://127.0.0.1/x", BYTES, env=proxy))
        self.assertNotIn("secret", self.refuse_archive(f"http://user:secret@127.0.0.1:{closed_port()}/x", BYTES))

    def test_a_password_is_not_kept_with_what_came(self):
        url = self.server.serve("/part", SMALL, cut=5000).replace("://", "://user:secret@")
        self.refuse_fetch(url, "--retries", 0)
        self.assertEqual([path for path in self.data.iterdir() if b"secret" in path.read_bytes()], [])
        self.server.serve("/part", SMALL)
        self.assertIn("on from 5,000 bytes", self.fetch(url))
        self.assertEqual(self.server.asked["/part"][-1], "bytes=5000-")

    def test_an_answer_in_another_protocol(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def greet():
                caller, _ = server.accept()
                with caller:
                    caller.sendall(b"220 ready, speak SMTP\r\n")
                    caller.recv(1000)
            threading.Thread(target=greet, daemon=True).start()
            line = self.refuse_archive(f"http://127.0.0.1:{server.getsockname()[1]}/x", BYTES)
        self.assertRegex(line, r"127\.0\.0\.1:\d+ does not speak HTTP; download")

    def test_what_came_is_kept_while_a_mirror_is_mute(self):
        # A set without a checksum: bytes of two servers may not be mixed.
        self.server.serve("/cut/german.numer_scale", libsvm(1000), cut=5000)
        self.server.serve("/mute/german.numer_scale", b"", silent=True)
        mirror = f"http://127.0.0.1:{self.server.server_port}"
        words = ["fetch", "german", "--data-dir", self.data, "--retry-pause", 0, "--retries", 0, "--timeout", 1]
        done = self.data_verb(*words, "--mirror", f"{mirror}/cut/", "--mirror", f"{mirror}/mute/")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(self.part(), libsvm(1000)[:5000])
        self.assertIn("5,000 bytes are kept", done.stderr)
        self.assertNotIn("on from", done.stdout)  # the mute one could not
        self.server.serve("/cut/german.numer_scale", libsvm(1000))
        self.assertEqual(self.data_verb(*words, "--mirror", f"{mirror}/cut/").returncode, 0)
        self.assertEqual(self.server.asked["/cut/german.numer_scale"], [None, "bytes=5000-"])
        self.assertEqual((self.data / FILE).read_bytes(), libsvm(1000))

    def test_what_a_killed_process_unpacked_is_removed(self):
        left = self.data / f"{ARCHIVE}.part.unpacking" / FOLDER
        left.mkdir(parents=True)
        (left / BINS[0]).write_bytes(b"half")
        self.fetch(self.server.serve("/good", self.cifar10), name="cifar10", content=self.cifar10)

    def test_encryption(self):
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
                       cwd=self.folder, check=True, capture_output=True)  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        secure = data_server.Server()
        self.addCleanup(secure.stop)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        url = secure.serve("/good", SMALL)
        self.assertRegex(self.refuse_fetch(url), r"127\.0\.0\.1:\d+ cannot be trusted \(.+\): check the clock and the package ca-certificates")
        trusting = self.environment | {"SSL_CERT_FILE": str(self.folder / "cert.pem")}
        plain = secure.serve("/down", b"", redirect=self.server.serve("/plain", SMALL))
        self.assertIn("or from https to http", self.refuse_fetch(plain, env=trusting))
        self.assertEqual(self.server.asked["/plain"], [])
        self.fetch(url, env=trusting)

    def test_mirrors_are_asked_in_order_and_the_publisher_last(self):
        gone = self.server.serve("/gone", b"", status=404)
        good = self.server.serve("/good", SMALL)
        done = self.data_verb(*self.words(gone, SMALL, "--mirror", good))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, rf"\Azotrain: warning: {FILE}: \S+ has no such file \(HTTP 404\); asking \S+ next\n\Z")
        # The published length and checksum hold for mirrors too.
        done = self.data_verb("fetch", "cifar10", "--data-dir", self.data, "--mirror", self.server.serve("/bytes", BYTES))
        self.assertEqual(done.returncode, 1)
        warned, failed = done.stderr.splitlines()
        self.assertIn("says that the file has 102,402 bytes, the published one has 170,052,171; asking www.cs.toronto.edu next", warned)
        self.assertIn("www.cs.toronto.edu cannot be reached (", failed)

    def test_archives_that_would_write_elsewhere(self):
        inside = f"{FOLDER}/data_batch_1.bin"
        for bad, reason in (
            (member("../evil", b"x"), "holds ../evil, which would not lie in"),
            (member(f"{self.folder}/evil", b"x"), "which would not lie in"),
            (member(f"{FOLDER}/link", kind=tarfile.SYMTYPE, link="/etc/passwd"), "which is no plain file"),
            (member(f"{FOLDER}/link", kind=tarfile.LNKTYPE, link=inside), "which is no plain file"),
            (member(f"{FOLDER}/pipe", kind=tarfile.FIFOTYPE), "which is no plain file"),
            (member(inside, b"again"), "data_batch_1.bin: cannot be made: File exists"),
        ):
            content = archive([member(inside, b"first"), bad])
            with self.subTest(name=bad[0].name, kind=bad[0].type):
                self.assertIn(reason, self.refuse_archive(self.server.serve("/bad", content), content))
                self.assertEqual(self.left(), [f"{ARCHIVE}.part", f"{ARCHIVE}.part.json"])
                self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["sets"])
                shutil.rmtree(self.data)

    def test_archives_that_hold_something_else(self):
        unequal = RECORDS[: 3073 * 9999] + RECORDS[:3073]
        for content, reason in (
            (cifar10({BINS[3]: b"short"}), f"{BINS[3]}: 5 bytes, expected 30730000"),
            (cifar10({BINS[5]: RECORDS[:-3073] + b"\x0a" + bytes(3072)}), f"{BINS[5]}: record 9999 (counted from 0) has label 10"),
            (cifar10({BINS[5]: unequal}), "1,001 test pictures of class 0 (class0), the published set has 1,000"),
            (archive([])[:-40], "the archive is damaged"),
        ):
            with self.subTest(reason=reason):
                self.assertIn(reason, self.refuse_archive(self.server.serve("/bad", content), content))
                self.assertEqual([name for name in self.left() if not name.startswith(ARCHIVE)], [])
                shutil.rmtree(self.data)

    def test_a_full_disk_keeps_what_came(self):
        url = self.server.serve("/good", self.cifar10)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

        line = self.refuse_archive(url, self.cifar10, preexec_fn=limit)
        self.assertRegex(line, rf"{ARCHIVE}\.part: cannot be written beyond 50,000 bytes: File too large; make room, and the same command goes on")
        self.assertEqual(self.part(ARCHIVE), self.cifar10[:50_000])

        def larger():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))

        self.assertIn("data_batch_1.bin: cannot be written: File too large", self.refuse_archive(url, self.cifar10, preexec_fn=larger))
        self.assertEqual(self.left(), [f"{ARCHIVE}.part", f"{ARCHIVE}.part.json"])
        self.fetch(url, name="cifar10", content=self.cifar10)
        self.assertEqual(self.server.asked["/good"], [None, "bytes=50000-"])

    def test_a_folder_that_cannot_be(self):
        (self.folder / "file").write_text("")
        url = self.server.serve("/good", self.cifar10)
        self.assertIn(f"--data-dir {self.folder}/file/x: cannot be made: Not a directory; choose another", self.refuse_archive(url, self.cifar10, "--data-dir", self.folder / "file" / "x"))
        self.data.mkdir()
        (self.data / f"{ARCHIVE}.part").symlink_to(self.folder / "file")
        self.assertIn(f"{ARCHIVE}.part: cannot be written: Too many levels of symbolic links", self.refuse_archive(url, self.cifar10))

    def test_an_interrupted_download_is_kept_and_shuts_others_out_while_it_lasts(self):
        url = self.server.serve("/slow", SMALL, pace=0.002)
        command = [support.BINARY, "data", *map(str, self.words(url, SMALL, "--timeout", 60))]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 30
            while not (self.data / f"{FILE}.part").exists() or not self.part():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            self.assertIn("another process is fetching it; wait for it to end", self.refuse_fetch(url))
            process.send_signal(signal.SIGINT)
            self.assertRegex(process.communicate()[0], r"stopped: [\d,]+ bytes are kept in .*\.part; the same command goes on from there\n")
            self.assertEqual(process.returncode, 130)
        kept = len(self.part())
        self.assertEqual(self.part(), SMALL[:kept])
        self.server.serve("/slow", SMALL)
        self.fetch(url)
        self.assertEqual(self.server.asked["/slow"][-1], f"bytes={kept}-")

    def test_libsvm_sets(self):
        self.server.serve("/lib/german.numer_scale", libsvm(1000), type="text/plain")
        words = ["fetch", "german", "--data-dir", self.data, "--retry-pause", 0, "--retries", 1, "--mirror", f"http://127.0.0.1:{self.server.server_port}/lib/"]
        done = self.data_verb(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1,000 examples of 24 features; no checksum of the publisher's bytes is known", done.stdout)
        self.assertEqual((self.data / "german.libsvm").read_bytes(), libsvm(1000))
        for content, reason in (
            (libsvm(999), "999 examples of 24 features, the published file has 1,000 of 24"),
            (libsvm(1000, 25), "1,000 examples of 25 features, the published file has 1,000 of 24"),
            (libsvm(1000)[:-3], "ends in the middle of a line"),
            (b"\x1f\x8b", "sends something else than text in LIBSVM's format"),
        ):
            with self.subTest(reason=reason):
                (self.data / "german.libsvm").unlink(missing_ok=True)
                self.server.serve("/lib/german.numer_scale", content)
                done = self.data_verb(*words)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(reason, done.stderr)
                self.assertFalse((self.data / "german.libsvm").exists())
        # Without a checksum only bytes of the same version go together.
        self.server.serve("/lib/german.numer_scale", libsvm(1000), cut=500, times=1, etag='W/"weak"')
        self.server.asked.clear()
        self.assertEqual(self.data_verb(*words).returncode, 0)
        self.assertEqual(self.server.asked["/lib/german.numer_scale"], [None, None])

    def test_options_that_do_not_fit(self):
        for words, reason in (
            ([], "data fetch: name one set, as in `zotrain data fetch cifar10`; --list says which"),
            (["cifar11"], "'cifar11' is none of the sets that can be fetched, cifar10, cifar100, a9a, german; did you mean cifar10?"),
            (["mnist8m"], "other LIBSVM sets are at https://www.csie.ntu.edu.tw/"),
            (["cifar10", "--mirror", "file:///x"], "--mirror file:///x: must start with https:// or http://"),
            (["a9a", "--mirror", "http://127.0.0.1/a9a"], "names one file, a9a has 2; name their folder, with a / at the end"),
            (["cifar10", "--sha256", "0" * 64], "--sha256: is that of one file at a --mirror; give --mirror"),
            (["cifar10", "--mirror", "http://127.0.0.1/x", "--sha256", "12"], "--sha256 12: must be 64 digits 0-9a-f"),
        ):
            with self.subTest(words=words):
                self.assertIn(reason, self.refuse("data", "fetch", "--data-dir", self.data, *words))
                self.assertFalse(self.data.exists())
        listed = self.succeed("data", "fetch", "--list")
        self.assertIn("datasets/binary/a9a (2,329,875 bytes, SHA-256 f5d5ffd8", listed)
        self.assertIn("german.numer_scale (no checksum known)", listed)

    def test_a_build_without_the_libraries_says_so(self):
        alone = self.folder / "alone" / "zotrain"
        alone.parent.mkdir()
        shutil.copy(support.BINARY, alone)
        done = subprocess.run([alone, "data", "fetch", "cifar10", "--data-dir", self.data], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Azotrain: data fetch: this build cannot download \(libzotrain_fetch.so is not beside the program\); install "
                                      r"libcurl4-openssl-dev and libarchive-dev and build again, or download https://.*binary.tar.gz .*\n\Z")  # fmt: skip
        self.assertFalse(self.data.exists())


class VerifyTest(support.CliTest):
    def write(self):
        folder = self.folder / FOLDER
        folder.mkdir()
        for name in BINS:
            (folder / name).write_bytes(RECORDS)
        return folder

    def test_a_sound_set_is_described_file_by_file(self):
        self.write()
        said = self.succeed("data", "verify", "--data-dir", self.folder)
        for name in BINS:
            self.assertIn(f"{sha256(RECORDS)}  {self.folder / FOLDER / name} (30,730,000 bytes)\n", said)
        self.assertIn("cifar10 is sound: 50,000 training and 10,000 test pictures", said)
        self.assertIn("; other bytes than the publisher's: made anew in the same form\n", said)

    def test_damage_names_file_and_record(self):
        folder = self.write()
        with open(folder / BINS[1], "r+b") as file:
            file.seek(3073 * 7)
            file.write(b"\x0c")
        self.assertIn(f"{BINS[1]}: record 7 (counted from 0) has label 12", self.refuse("data", "verify", "--data-dir", self.folder, code=1))
        with open(folder / BINS[1], "r+b") as file:
            file.seek(3073 * 7)
            file.write(b"\x08")
        self.assertIn("4,999 training pictures of class 7 (7), the published set has 5,000",
                      self.refuse("data", "verify", "cifar10", "--data-dir", self.folder, code=1))  # fmt: skip

    def test_the_second_set_of_a_folder_is_found_too(self):
        folder = self.folder / "cifar-100-binary"
        folder.mkdir()
        pixels = bytes(3072)
        records = b"".join(bytes([fine // 5, fine]) + pixels for fine in range(100))
        (folder / "train.bin").write_bytes(records * 500)
        (folder / "test.bin").write_bytes(records * 100)
        (self.folder / "german.libsvm").write_bytes(libsvm(1000))
        said = self.succeed("data", "verify", "--data-dir", self.folder)
        self.assertIn("cifar100 is sound: 50,000 training and 10,000 test pictures, 500 and 100 of each of 100 classes", said)
        self.assertIn("german is sound: 1,000 examples of 24 features", said)

    def test_what_is_not_there(self):
        self.assertIn("holds none of the known sets; `zotrain data fetch --list`", self.refuse("data", "verify", "--data-dir", self.folder))
        self.assertIn(f"holds no cifar-100-binary; `zotrain data fetch cifar100 --data-dir {self.folder}` gets it",
                      self.refuse("data", "verify", "cifar100", "--data-dir", self.folder))  # fmt: skip
        self.assertIn("did you mean cifar100?", self.refuse("data", "verify", "cifar1000", "--data-dir", self.folder))
        self.assertIn("say `zotrain data fetch`", self.refuse("data"))

    @unittest.skipUnless(os.environ.get("ZO_TEST_CIFAR10"), "set ZO_TEST_CIFAR10 to a folder that holds cifar-10-batches-bin")
    def test_pictures_of_this_machine_are_sound(self):
        folder = pathlib.Path(os.environ["ZO_TEST_CIFAR10"])
        self.assertIn("cifar10 is sound: ", self.succeed("data", "verify", "cifar10", "--data-dir", folder))


if __name__ == "__main__":
    unittest.main()
