"""The Python package beside the command: check.py SESAUTH CORPUS WORK."""

from __future__ import annotations

import datetime
import doctest
import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator

import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]

import sesauth
from sesauth import Dns

COMMAND = ""
CASES = Path("testdata/messages")


def command(*arguments: str | Path) -> str:
    """What the command writes; it may find faults."""
    words = [COMMAND, *map(str, arguments)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.decode()


def raises(kind: type[BaseException], part: str, call: Callable[[], object]) -> None:
    """Asserts that `call` raises `kind` with `part` in its text."""
    try:
        call()
    except kind as error:
        assert part in str(error), f"{part!r} is not in {str(error)!r}"
        return
    raise AssertionError(f"{kind.__name__} with {part!r} was not raised")


def saved(corpus: Path) -> list[Path]:
    return sorted(corpus.glob("*.eml"))


def what_the_command_says(corpus: Path) -> None:
    """Each message as JSON, with data alone."""
    recording = corpus / "dns.jsonl"
    lines = command("batch", "--dns", recording, "--format", "ndjson", corpus).splitlines()
    dns = Dns.recording(recording)
    messages = saved(corpus)
    assert len(lines) == len(messages)
    for line, path in zip(lines, messages):
        said = json.loads(line)
        assert said.pop("path") == str(path)
        analysis = sesauth.inspect(path.read_bytes(), dns=dns)
        assert analysis.to_dict("data") == said, path
        assert analysis.result == said["conclusion"]["result"]
    print(f"{len(lines)} messages: the JSON of the command")


def every_form_of_the_cases() -> None:
    """The bytes of each form, of cases with all kinds of faults."""
    names = sorted(path.name for path in CASES.iterdir() if (path / "message.eml").is_file())
    for name in names[::8]:
        case = CASES / name
        told = json.loads((case / "session.json").read_text()) if (case / "session.json").is_file() else {}
        flags: list[str] = []
        hints: dict[str, Any] = {}
        for key, flag, hint in [("ip", "--ip", "client_ip"), ("helo", "--helo", "helo"),
                                ("mail_from", "--mail-from", "mail_from"), ("at", "--at", "at")]:
            if told.get(key) is not None:
                flags += [flag, told[key]]
                hints[hint] = told[key]
        message, recording = case / "message.eml", case / "dns.jsonl"
        dns = Dns.recording(recording)
        base = ["inspect", "--dns", str(recording), *flags]
        analysis = sesauth.inspect(message.read_bytes(), dns=dns, **hints)
        verbose = sesauth.inspect(message.read_bytes(), dns=dns, canonical_header=True, **hints)
        for ours, theirs in [
            (analysis.to_json(), ["--format", "json"]),
            (analysis.to_json("full"), ["--format", "json", "--detail", "full"]),
            (analysis.text(), []),
            (verbose.text(verbose=True), ["--verbose"]),
            (analysis.markdown(), ["--format", "markdown"]),
            (analysis.html("message.eml"), ["--format", "html"]),
            (analysis.line(str(message)), ["--format", "line"]),
            (analysis.header("mx.example.org"), ["--format", "header", "--authserv-id", "mx.example.org"]),
        ]:
            assert ours == command(*base, *theirs, message), (name, theirs)
    print(f"{len(names[::8])} cases: every form, byte for byte")


def domains() -> None:
    zone = '$ORIGIN example.com.\n@ TXT "v=spf1 -all"\n@ MX 0 .\n_dmarc TXT "v=DMARC1; p=reject"\n'
    file = Path(WORK, "example.zone")
    file.write_text(zone)
    check = sesauth.domain("example.com", dns=Dns.zone(zone), selectors=["s1"], mail_from="mail")
    base = ["domain", "--dns", str(file), "--selector", "s1", "--mail-from", "mail"]
    for ours, theirs in [
        (check.to_json(), ["--format", "json"]),
        (check.text(), []),
        (check.text(verbose=True), ["--verbose"]),
        (check.markdown(), ["--format", "markdown"]),
        (check.html(), ["--format", "html"]),
    ]:
        assert ours == command(*base, *theirs, "example.com"), theirs
    grade = check.to_dict()["grade"]
    assert (check.grade, check.points) == (grade["letter"], grade["points"])
    raises(sesauth.BadArgument, "name: ", lambda: sesauth.domain("a b", dns=Dns.zone(zone)))
    print(f"a domain: every form; its grade is {check.grade}")


def rows_of(corpus: Path) -> None:
    """The rows beside the table that the command writes, and beside its Parquet file if it can write one."""
    recording = corpus / "dns.jsonl"
    dns = Dns.recording(recording)
    ways: list[Callable[[], Iterable[sesauth.Message]]] = [
        lambda: [corpus],
        lambda: saved(corpus),
        lambda: ((str(path), path.read_bytes()) for path in saved(corpus)),
    ]
    tables = [
        sesauth.inspect_many(way(), dns=dns, threads=threads, batch_rows=batch_rows).read_all()
        for way, threads, batch_rows in zip(ways, [1, 2, 3], [1000, 7, 333])
    ]
    first, *others = tables
    for one in others:
        assert one.equals(first)
    assert first.schema.equals(sesauth.schema(), check_metadata=True)
    csv = command("batch", "--dns", recording, "--format", "csv", corpus).splitlines()
    head = csv[0].split(",")
    assert len(csv) == first.num_rows + 1
    shared = [name for name in ["path", "conclusion", "dmarc", "dmarc_cause", "spf"] if name in head]
    assert "path" in shared and "dmarc" in shared
    for line, row in zip(csv[1:], first.select(shared).to_pylist()):
        cells = dict(zip(head, line.split(",")))
        assert {name: cells[name] for name in shared} == row, line
    theirs, ours = Path(WORK, "theirs.parquet"), Path(WORK, "ours.parquet")
    batch = [COMMAND, "batch", "--dns", str(recording), "--format", "parquet", str(corpus)]
    with open(theirs, "wb") as out:
        subprocess.run(batch, stdout=out, stderr=subprocess.DEVNULL)
    assert pq.read_table(theirs).cast(first.schema).equals(first)
    # The command reads the file that pyarrow writes like its own, which also has the folder of all messages.
    folder = {**first.schema.metadata, b"sesauth.folder": f"{corpus}/".encode()}
    pq.write_table(first.replace_schema_metadata(folder), ours, compression="zstd")
    reports = [command("corpus", "report", file) for file in (theirs, ours)]
    assert reports[0] == reports[1] and "1000 messages" in reports[0]
    print(f"{first.num_rows} rows: those of the command's table and Parquet file, asked for in {len(tables)} ways")


def many_lazily(corpus: Path) -> None:
    """Messages are taken as they are needed, and memory does not grow with them."""
    dns = Dns.recording(corpus / "dns.jsonl")
    octets = [path.read_bytes() for path in saved(corpus)[:50]]
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield octets[taken % len(octets)]

    reader = sesauth.inspect_many(endless(), dns=dns, threads=2, batch_rows=10)
    assert taken == 0
    first = reader.read_next_batch()
    assert first.num_rows == 10 and taken < 200, taken
    assert first.column("path").to_pylist() == [str(number) for number in range(1, 11)]
    start = resident()
    for _ in range(150):
        reader.read_next_batch()
    grown = resident() - start
    assert grown < 40 << 20, grown
    del reader
    gc.collect()

    class Own(Exception):
        pass

    def breaks() -> Iterator[bytes]:
        yield from octets[:3]
        raise Own("as a test")

    reader = sesauth.inspect_many(breaks(), dns=dns, batch_rows=100)
    assert reader.read_next_batch().num_rows == 3
    raises(Own, "as a test", reader.read_next_batch)
    # Other consumers take the same reader by Arrow's C interface.
    assert pa.RecordBatchReader.from_stream(sesauth.inspect_many(octets, dns=dns)).read_all().num_rows == 50
    print(f"1,510 of endless messages: {taken} were taken, memory grew by {grown >> 10} KiB")


def resident() -> int:
    """Octets of memory of this process; 0 where the system does not say."""
    gc.collect()
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.is_file() else 0


def what_is_no_message(corpus: Path) -> None:
    dns = Dns.recording(corpus / "dns.jsonl")
    one = saved(corpus)[0].read_bytes()
    for wrong in ["From: a@example.com\n\n", 1, None, ["x"], Path("message.eml")]:
        raises(TypeError, "message: ", lambda: sesauth.inspect(wrong, dns=dns))  # type: ignore[arg-type]
    raises(TypeError, "not str", lambda: sesauth.inspect("x", dns=dns))  # type: ignore[arg-type]
    raises(TypeError, "dns: ", lambda: sesauth.inspect(one, dns="dns.jsonl"))  # type: ignore[arg-type]
    assert sesauth.inspect(bytearray(one), dns=dns).to_json() == sesauth.inspect(one, dns=dns).to_json()
    assert sesauth.inspect(memoryview(one), dns=dns).to_json() == sesauth.inspect(one, dns=dns).to_json()
    for octets in [b"", b"%PDF-1.7", b"\0" * 100, b"PK\3\4"]:
        raises(sesauth.NotAMessage, "not a mail message: ", lambda: sesauth.inspect(octets, dns=dns))
    raises(ValueError, "not a mail message: ", lambda: sesauth.inspect(b"", dns=dns))
    calls: list[tuple[str, dict[str, Any]]] = [
        ("client_ip: not an IP address", {"client_ip": "300.1.1.1"}),
        ("mail_from: ", {"mail_from": "a b@example.com"}),
        ("at: not a time", {"at": "yesterday"}),
        ("hop: it is counted from 1", {"hop": 0}),
        ("hop: 99: there are only", {"hop": 99}),
        ("rules: neither", {"rules": "rfc1"}),
        ("autopsy: none of", {"autopsy": "much"}),
        ("metadata: it is not JSON", {"metadata": b"{"}),
        ("metadata: it has none of", {"metadata": {}}),
        ("ignore: no finding has the code", {"ignore": ["nothing"]}),
        ("received: it contradicts mine", {"received": True, "mine": ["example.com"]}),
        ("max_size: ", {"max_size": 0}),
        ("max_size: ", {"max_size": -1}),
    ]
    for part, arguments in calls:
        raises(sesauth.BadArgument, part, lambda: sesauth.inspect(one, dns=dns, **arguments))
    naive = datetime.datetime(2026, 7, 1)
    raises(TypeError, "time zone", lambda: sesauth.inspect(one, dns=dns, at=naive))
    raises(TypeError, "a list is needed", lambda: sesauth.inspect(one, dns=dns, mine="example.com"))
    aware = datetime.datetime(2026, 7, 1, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    at = sesauth.inspect(one, dns=dns, at=aware)
    assert at.to_json() == sesauth.inspect(one, dns=dns, at="2026-07-01T12:00:00Z").to_json()
    raises(sesauth.BadArgument, "width: ", lambda: at.text(width=10))
    raises(sesauth.BadArgument, "authserv_id: ", lambda: at.header("a b"))
    raises(TypeError, "an iterable", lambda: sesauth.inspect_many(one, dns=dns))  # type: ignore[arg-type]
    raises(TypeError, "pathlib.Path",
           lambda: sesauth.inspect_many(["message.eml"], dns=dns).read_all())  # type: ignore[list-item]
    raises(TypeError, "message 2: ",
           lambda: sesauth.inspect_many([one, 2], dns=dns).read_all())  # type: ignore[list-item]
    raises(sesauth.BadArgument, "batch_rows: ", lambda: sesauth.inspect_many([], dns=dns, batch_rows=0))
    raises(sesauth.BadArgument, "threads: ", lambda: sesauth.inspect_many([], dns=dns, threads=9999))
    assert sesauth.inspect_many([], dns=dns).read_all().num_rows == 0
    odd: list[sesauth.Message] = [("empty", b""), ("pdf", b"%PDF-1.7"), Path(WORK, "nothing"), ("fine", one)]
    rows = sesauth.inspect_many(odd, dns=dns).read_all().to_pylist()
    assert [row["error"] is None for row in rows] == [False, False, False, True], rows
    print(f"what is no message: {rows[1]['error']}")


def what_is_no_recording() -> None:
    good = b'{"sesauth_dns":1}\n'
    for octets, part in [
        (good + b"{\n", "DNS snapshot, line 2: "),
        (b"hello\n", "DNS snapshot, line 1: "),
        (b"\xff\xfe", "not text in UTF-8"),
    ]:
        raises(sesauth.BadRecording, part, lambda: Dns.recording(octets))
    raises(FileNotFoundError, "nothing.jsonl", lambda: Dns.recording(Path(WORK, "nothing.jsonl")))
    raises(IsADirectoryError, "", lambda: Dns.recording(Path(WORK)))
    raises(sesauth.BadArgument, "absent: ", lambda: Dns.recording(good, "x"))  # type: ignore[arg-type]
    raises(sesauth.BadRecording, "zone text", lambda: Dns.zone("example.com. TXT ("))
    raises(sesauth.BadRecording, "zone text", lambda: Dns.recording(good).with_records("; nothing"))
    raises(sesauth.BadArgument, "", lambda: Dns.live(["not a server"]))
    raises(sesauth.BadArgument, "timeout: ", lambda: Dns.live(["192.0.2.1"], timeout=0))
    raises(sesauth.BadArgument, "in_flight: ", lambda: Dns.live(["192.0.2.1"], in_flight=0))
    raises(TypeError, "make one by", Dns)
    message = b"From: a@example.com\n\n"
    analysis = sesauth.inspect(message, dns=Dns.recording(good))
    assert analysis.missing and analysis.result == "inconclusive"
    assert not sesauth.inspect(message, dns=Dns.recording(good, "nxdomain")).missing
    print(f"what a recording does not hold: {analysis.missing}")


def hostile(corpus: Path) -> None:
    """Messages with damage of all kinds: no crash, and the same from one and from many."""
    random.seed(1)
    dns = Dns.recording(corpus / "dns.jsonl")
    paths = saved(corpus)
    messages: list[bytes] = []
    while len(messages) < 200:
        octets = bytearray(random.choice(paths).read_bytes())
        for _ in range(random.randrange(1, 40)):
            at = random.randrange(len(octets))
            kind = random.randrange(4)
            if kind == 0:
                octets[at] = random.randrange(256)
            elif kind == 1:
                del octets[at : at + random.randrange(200)]
            elif kind == 2:
                octets[at:at] = octets[at : at + 50] * random.randrange(20)
            else:
                octets[at:at] = random.choice([b"\0", b"\r\n", b"\xff\xfe", b"DKIM-Signature: ", b"=?utf-8?q?"])
            if not octets:
                octets = bytearray(b"x")
        messages.append(bytes(octets))
    rows = sesauth.inspect_many(messages, dns=dns, batch_rows=50).read_all().to_pylist()
    judged = 0
    for message, row in zip(messages, rows):
        try:
            analysis = sesauth.inspect(message, dns=dns)
        except sesauth.NotAMessage as error:
            assert row["error"] == str(error)
            continue
        judged += 1
        assert row["error"] is None and row["dmarc"] == analysis.dmarc["result"]
        analysis.html(), analysis.text(verbose=True), analysis.to_dict("full")
    print(f"200 hostile messages: {judged} judged, {200 - judged} refused")


def other_threads_run(corpus: Path) -> None:
    """The interpreter is free while messages are judged; two threads need less time than one."""
    dns = Dns.recording(corpus / "dns.jsonl")
    octets = [path.read_bytes() for path in saved(corpus)]
    times = {}
    for threads in (1, 2):
        start = time.monotonic()
        sesauth.inspect_many(octets, dns=dns, threads=threads).read_all()
        times[threads] = time.monotonic() - start
    for count in (1, 2):
        parts = [octets[part::count] for part in range(count)]

        def judge(part: list[bytes]) -> None:
            for one in part:
                sesauth.inspect(one, dns=dns, autopsy="off")

        workers = [threading.Thread(target=judge, args=(part,)) for part in parts]
        start = time.monotonic()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        times[10 * count] = time.monotonic() - start
    print(f"{len(octets)} messages on two threads beside one: inspect_many {times[1] / times[2]:.2f} times as "
          f"fast, inspect {times[10] / times[20]:.2f} times")


def ctrl_c_ends_it(corpus: Path) -> None:
    dns = Dns.recording(corpus / "dns.jsonl")
    octets = saved(corpus)[0].read_bytes()

    def endless() -> Iterator[bytes]:
        while True:
            yield octets

    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    reader = sesauth.inspect_many(endless(), dns=dns, batch_rows=1 << 30)
    raises(KeyboardInterrupt, "", reader.read_next_batch)
    # No server is at this address: the answer takes its time.
    silent = Dns.live(["192.0.2.1"], timeout=30)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    raises(KeyboardInterrupt, "", lambda: sesauth.inspect(octets, dns=silent))
    assert time.monotonic() - start < 20
    print("Ctrl-C ends a long call")


def without_dns() -> None:
    """Nothing listens there: nothing is concluded. Also in a forked process."""
    dns = Dns.live(["127.0.0.1:9"], timeout=0.2, retries=0)
    message = b"From: a@example.com\r\n\r\n"
    raises(sesauth.NoDns, "no usable DNS: ", lambda: sesauth.inspect(message, dns=dns))
    raises(sesauth.NoDns, "no usable DNS: ", lambda: sesauth.domain("example.com", dns=dns))
    reader = sesauth.inspect_many([message], dns=dns)
    assert reader.read_next_batch().column("dmarc").to_pylist() == ["temperror"]
    raises(sesauth.NoDns, "no usable DNS: ", reader.read_next_batch)
    child = os.fork()
    if child == 0:
        try:
            raises(sesauth.NoDns, "no usable DNS: ", lambda: sesauth.inspect(message, dns=dns))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    print("without DNS nothing is concluded")


def examples(work: Path) -> None:
    """Those of the README, in a folder that has what they name; and the example."""
    place = work / "examples"
    shutil.rmtree(place, ignore_errors=True)
    (place / "maildir/cur").mkdir(parents=True)
    case = CASES / "spf-softfail"
    for name in ["message.eml", "dns.jsonl"]:
        shutil.copy(case / name, place / name)
    shutil.copy(case / "message.eml", place / "maildir/cur/1:2,S")
    text = Path("python/README.md").read_text()
    example = Path("examples/python/why_mail_fails.py").resolve()
    home = os.getcwd()
    os.chdir(place)
    try:
        parsed = doctest.DocTestParser().get_doctest(text, {}, "README.md", "python/README.md", 0)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        failed, tried = runner.run(parsed)
        assert failed == 0 and tried > 10
        done = subprocess.run([sys.executable, example, "dns.jsonl", "message.eml", "maildir"],
                              check=True, stdout=subprocess.PIPE)
        assert done.stdout.split() == [b"2", b"aligned"], done.stdout
    finally:
        os.chdir(home)
    print(f"{tried} lines of the README")


def without_pyarrow() -> None:
    code = ("import sys; sys.modules['pyarrow'] = None\nimport sesauth\n"
            "try:\n    sesauth.inspect_many([])\n"
            "except ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    assert b"pip install 'sesauth[arrow]'" in done.stdout
    print(f"without pyarrow: {done.stdout.decode().strip()}")


def main(sesauth_command: str, corpus: str, work: str) -> None:
    global COMMAND, WORK
    COMMAND, WORK = sesauth_command, work
    what_the_command_says(Path(corpus))
    every_form_of_the_cases()
    domains()
    rows_of(Path(corpus))
    many_lazily(Path(corpus))
    what_is_no_message(Path(corpus))
    what_is_no_recording()
    hostile(Path(corpus))
    other_threads_run(Path(corpus))
    ctrl_c_ends_it(Path(corpus))
    if hasattr(os, "fork"):
        without_dns()
    examples(Path(work))
    without_pyarrow()


WORK = ""

if __name__ == "__main__":
    main(*sys.argv[1:])
