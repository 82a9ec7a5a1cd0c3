"""Reads saved mail and prints why what fails fails: why_mail_fails.py DNS MAIL..."""

import sys
from collections import Counter
from pathlib import Path

import sesauth


def main(recording: str, *mail: str) -> None:
    dns = sesauth.Dns.recording(recording)
    reader = sesauth.inspect_many(map(Path, mail), dns=dns)
    causes: Counter[str] = Counter()
    for batch in reader:
        causes.update(batch.column("dmarc_cause").to_pylist())
    for cause, count in causes.most_common():
        print(f"{count:8} {cause}")
    for path in mail:
        if not Path(path).is_file():
            continue
        analysis = sesauth.inspect(Path(path).read_bytes(), dns=dns)
        if not analysis.passes:
            print(path, analysis.conclusion["result"], analysis.dmarc["cause"], sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
