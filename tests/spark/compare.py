"""The Spark job beside the command: compare.py SESAUTH CORPUS WORK."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import sesauth

JOB = "examples/spark/verdicts.py"
SHARED = ["path", "conclusion", "dmarc", "dmarc_cause", "spf"]


def spark(work: Path, *arguments: object) -> float:
    """Runs the job on two cores; how many seconds it took."""
    settings = "--conf spark.ui.enabled=false --driver-memory 2g --master local[2] pyspark-shell"
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_SUBMIT_ARGS": settings,
                   "SPARK_LOCAL_IP": "127.0.0.1"}
    start = time.monotonic()
    with open(work / "spark.log", "wb") as log:
        done = subprocess.run([sys.executable, JOB, *map(str, arguments)], env=environment, stderr=log, stdout=log)
    if done.returncode:
        sys.exit((work / "spark.log").read_text()[-5000:])
    return time.monotonic() - start


def rows(folder: Path) -> list[dict]:
    """All rows in the Parquet files of a folder, by path."""
    table = ds.dataset(folder, format="parquet").to_table().cast(sesauth.schema())
    all_rows = table.to_pylist()
    for row in all_rows:
        row["path"] = re.sub("^file:/+", "/", row["path"])
    return sorted(all_rows, key=lambda row: row["path"])


def same(name: str, seconds: float, these: list[dict], those: list[dict]) -> None:
    assert len(these) == len(those), (len(these), len(those))
    for this, that in zip(these, those):
        assert this == that, (name, this, that)
    print(f"{name}: {len(these)} rows, all alike, in {seconds:.1f} s")


def main(command: str, corpus: Path, work: Path) -> None:
    recording = corpus / "dns.jsonl"
    start = time.monotonic()
    reader = sesauth.inspect_many([corpus], dns=sesauth.Dns.recording(recording), threads=2)
    wanted = reader.read_all().to_pylist()
    print(f"inspect_many: {len(wanted)} rows in {time.monotonic() - start:.1f} s")
    start = time.monotonic()
    batch = [command, "batch", "--quiet", "--jobs", "2", "--dns", recording, "--format", "csv", corpus]
    csv = subprocess.run(batch, stdout=subprocess.PIPE).stdout.decode().splitlines()
    print(f"sesauth batch --format csv: {len(csv) - 1} rows in {time.monotonic() - start:.1f} s")
    head = csv[0].split(",")
    for line, row in zip(csv[1:], wanted):
        cells = dict(zip(head, line.split(",")))
        for name in set(SHARED).intersection(head):
            assert cells[name] == row[name], (line, row)
    wanted.sort(key=lambda row: row["path"])
    out = work / "verdicts"
    seconds = spark(work, "--dns", recording, corpus, out)
    same("Spark, by prefix", seconds, rows(out), wanted)
    manifest = work / "paths.txt"
    manifest.write_text("".join(f"{path}\n" for path in sorted(corpus.glob("*.eml"))))
    seconds = spark(work, "--dns", recording, "--manifest", "--partitions", 4, manifest, out)
    same("Spark, by manifest", seconds, rows(out), wanted)
    if os.environ.get("RAY"):
        ray(corpus, work, wanted)


def ray(corpus: Path, work: Path, wanted: list[dict]) -> None:
    """Runs the example of the documentation as it stands, in a folder that has what it names."""
    place = work / "ray"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "mail").symlink_to(corpus)
    shutil.copy(corpus / "dns.jsonl", place)
    text = Path("docs/spark.md").read_text()
    [code] = [code for code in re.findall("```python\n(.*?)```", text, re.S) if "import ray" in code]
    code = code.replace('"mail/"', '"mail/", file_extensions=["eml"]')
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode()[-5000:]
    found = ds.dataset(place / "verdicts", format="parquet").to_table().cast(sesauth.schema())
    found = sorted(found.to_pylist(), key=lambda row: row["path"])
    for row in found:
        row["path"] = str(corpus / Path(row["path"]).name)
    same("Ray Data", time.monotonic() - start, found, wanted)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]))
