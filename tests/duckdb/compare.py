"""The questions of docs/parquet.md, asked of DuckDB, beside what the table of CSV says.

compare.py SESAUTH DOCUMENT PLACE: PLACE has a folder `mail` with dns.jsonl.
"""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb

sesauth, document, place = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
sesauth = Path(sesauth).resolve()


def run(*arguments):
    """What sesauth writes; findings in the mail make its exit code 1."""
    done = subprocess.run([sesauth, *arguments], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert done.returncode in (0, 1), (arguments, done.returncode)
    return done.stdout


def batch(form, dns="mail/dns.jsonl"):
    return run("batch", "--dns", dns, "--format", form, "mail")


blocks = re.findall(r"```sql\n(.*?)```", document.read_text(), re.DOTALL)
assert len(blocks) == 5, len(blocks)
(place / "verdicts.parquet").write_bytes(batch("parquet"))
table = list(csv.DictReader(io.StringIO(batch("csv").decode())))
con = duckdb.connect()
con.execute("SET file_search_path = ?", [str(place.resolve())])
by_month, by_region, by_selector, by_domain, _ = [con.execute(block).fetchall() for block in blocks]


def same(what, ours, theirs):
    assert ours == theirs, f"{what}: DuckDB has {ours}, the table {theirs}"
    assert ours, what
    print(f"{what}: {len(ours)} lines, the same")


whole = con.execute("SELECT path, conclusion, dmarc, spf, from_domain FROM 'verdicts.parquet'").fetchall()
columns = ["path", "conclusion", "dmarc", "spf", "from_domain"]
same("rows", whole, [tuple(row[name] or None for name in columns) for row in table])

months = Counter((row["from_domain"], row["received_at"][:7]) for row in table)
passed = Counter((row["from_domain"], row["received_at"][:7]) for row in table if row["conclusion"] == "pass")
same(
    "by domain and month",
    {row[:2]: row[2:] for row in by_month},
    {key: (count, passed[key], round(100 * passed[key] / count, 1)) for key, count in months.items()},
)

of_ses = [row for row in table if row["ses_region"]]
regions = {
    region: tuple(
        sum(row["ses_region"] == region and (not name or row[name] == "false") for row in of_ses)
        for name in ["", "spf_aligned", "dkim_aligned"]
    )
    for region in {row["ses_region"] for row in of_ses}
}
same("by region", {row[0]: row[1:] for row in by_region}, regions)

failed = Counter()
for row in table:
    for one in row["dkim"].split():
        domain, _, result = one.rpartition("=")
        failed[domain] += result != "pass"
signed = Counter()
for domain, selector, cause, count, example in by_selector:
    assert selector and cause and example, (domain, selector, cause, example)
    signed[domain] += count
same("signatures that fail", dict(signed), {domain: count for domain, count in failed.items() if count})

planned = json.loads(run("corpus", "what-if", "--policy", "p=reject", "--format", "json", "mail"))
refused = (sum(row[1] for row in by_domain), sum(row[2] for row in by_domain))
same("refused by p=reject", refused, (planned["with_plan"]["fail"], planned["not_judged"]))

# Policies that are there no more: the receivers found them.
gone = re.compile(r'("name":"_dmarc\.[a-g].*"v=DMARC)1')
dns = (place / "mail/dns.jsonl").read_text().splitlines()
(place / "gone.jsonl").write_text("\n".join(gone.sub(r"\g<1>9", line) for line in dns) + "\n")
(place / "verdicts.parquet").write_bytes(batch("parquet", "gone.jsonl"))
by_receiver = con.execute(blocks[4]).fetchall()
differ = Counter()
for row in csv.DictReader(io.StringIO(batch("csv", "gone.jsonl").decode())):
    theirs = row["receiver_dmarc"]
    # Yahoo's word for mail without a policy.
    differ[theirs] += theirs not in ("", "unknown", row["dmarc"])
found = Counter()
for _, method, theirs, cause, count in by_receiver:
    assert cause, (method, theirs)
    found[theirs] += count if method == "dmarc" else 0
same("receivers that differ about DMARC", +found, +differ)
