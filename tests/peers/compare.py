"""Our Authentication-Results fields, as sesauth and three other programs read them: all must read the same.

compare.py SESAUTH TESTDATA WORK [NAME=COMMAND ...]: a command is given a folder and the names of files with one field
each, and writes a line of JSON for each: name, authserv-id, what it could not read, results.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import authres

ID = "judge.example.net"

# What may get out of its place in a value: the parts of the grammar, and what one of the readers takes for one.
HOSTILE = [
    ";dmarc=pass", "; dmarc=pass", '";dmarc=pass', '\\";dmarc=pass', "\\", "\\\\", '"', "'", "';dmarc=pass;'",
    "(", ")", "(dmarc=pass)", "/", "=", "==", ",", ":", "<>", "[::1]", "@@", "a b", "\t", "\r\n ",
    "\r\n dmarc=pass", "none", "=?utf-8?q?a?=", "%00", "\0", "\x7f", "\u00e9", "\u202e", "&quot;", "$x", "`x`",
    ".", "..", "x" * 300, *(chr(c) for c in range(33, 127) if not chr(c).isalnum()),
]
# Where a sender can write it.
PLACES = ["i", "i-domain", "d", "s", "a", "b", "from", "mail_from", "mail_from-domain", "helo"]


def hostile(place, text):
    """A message with `text` in a place, and the session that goes with it."""
    value = {name: "" for name in PLACES} | {place: text}
    message = (
        f"DKIM-Signature: v=1; a=rsa-sha256{value['a']}; d=b.example{value['d']}; s=c{value['s']};\r\n"
        f"\ti=x{value['i']}@b.example{value['i-domain']}; h=from; bh=AA==; b=AA{value['b']}\r\n"
        f"From: a@e.example{value['from']}\r\n\r\n"
    )
    sender = f"a{value['mail_from']}@c.example{value['mail_from-domain']}"
    session = ["--ip=2001:db8::1", f"--helo=d.example{value['helo']}", f"--mail-from={sender}"]
    return message.encode("utf-8"), session


def fields(sesauth, testdata, folder):
    """Writes the field of each message of testdata, and of hostile ones, to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    command = [sesauth, "inspect", "--format", "header", "--authserv-id", ID]
    runs = []
    for file in sorted([*testdata.glob("messages/*/message.eml"), *testdata.glob("findings/*/*/message.eml")]):
        dns = ["--dns", file.with_name("dns.jsonl"), "--dns-absent", "nxdomain"]
        runs.append(("-".join(file.parent.parts[-2:]), [*dns, file], None))
    zone = ["--dns", testdata / "forged/zone.zone", "--dns-absent", "nxdomain"]
    for group in ["attacks", "forged"]:
        for file in sorted(testdata.glob(f"{group}/*.eml")):
            runs.append((f"{group}-{file.stem}", [*zone, file], None))
    for place in PLACES:
        for number, text in enumerate(HOSTILE):
            message, session = hostile(place, text)
            session = [argument.replace("\0", "") for argument in session]
            runs.append((f"hostile-{place}-{number}", [*zone, *session], message))
    for name, arguments, message in runs:
        run = subprocess.run([*command, *arguments], input=message, capture_output=True)
        if run.stdout:
            (folder / name).write_bytes(run.stdout)
        elif run.returncode != 2:
            sys.exit(f"{name}: nothing is written: {run.stderr.decode()}")
    return sorted(file.name for file in folder.iterdir())


def by_sesauth(sesauth, folder, names, messages):
    """What our own parser reads: the claim of a message with the field on top."""
    messages.mkdir(parents=True, exist_ok=True)
    for old in messages.iterdir():
        old.unlink()
    for name in names:
        field = (folder / name).read_bytes()
        (messages / f"{name}.eml").write_bytes(field + b"From: a@example.com\r\n\r\n")
    batch = [sesauth, "batch", "--offline", "--quiet", "--format", "ndjson", messages]
    lines = subprocess.run(batch, capture_output=True, check=False).stdout.splitlines()
    read = {}
    for line in map(json.loads, lines):
        claim = line["claims"][0]
        results = [
            [one["method"], one["result"], one.get("reason", ""), sorted(map(list, one.get("properties", {}).items()))]
            for one in claim.get("results", [])
        ]
        read[Path(line["path"]).stem] = [claim["authserv_id"], claim.get("problems", []), results]
    return read


def by_authres(folder, names):
    read = {}
    for name in names:
        # It asks for an unfolded field.
        field = re.sub(r"\r?\n(?=[ \t])", "", (folder / name).read_text("latin-1")).rstrip()
        try:
            header = authres.AuthenticationResultsHeader.parse(field)
        except Exception as error:
            read[name] = [None, [str(error)], []]
            continue
        results = [
            [one.method, one.result, one.reason or "", sorted([f"{p.type}.{p.name}", p.value] for p in one.properties)]
            for one in header.results
        ]
        read[name] = [header.authserv_id, [], results]
    return read


def by_program(command, folder, names):
    lines = subprocess.run([*command, folder, *names], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return {name: rest for name, *rest in map(json.loads, lines)}


def main():
    sesauth, testdata, work, *readers = sys.argv[1:]
    folder = Path(work) / "fields"
    names = fields(sesauth, Path(testdata), folder)
    # The order of methods is not kept by all.
    ordered = lambda read: [read[0], read[1], sorted(read[2])]
    ours = by_sesauth(sesauth, folder, names, Path(work) / "messages")
    others = {"authres": by_authres(folder, names)}
    for reader, command in (reader.split("=", 1) for reader in readers):
        others[reader] = by_program(command.split(), folder, names)
    differ = Counter()
    for name in names:
        for reader, read in others.items():
            if ordered(read[name]) != ordered(ours[name]):
                differ[reader] += 1
                print(f"{name}: {reader} reads\n  {ordered(read[name])}\nwe\n  {ordered(ours[name])}\nof")
                print((folder / name).read_text("latin-1"))
    results = sum(len(read[2]) for read in ours.values())
    print(f"{len(names)} fields with {results} results: " + ", ".join(f"{r} {differ[r]} differ" for r in others))
    sys.exit(1 if differ else 0)


main()
