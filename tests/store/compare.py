"""Compares what sesauth says of messages in object stores with what it says of the same files on disk."""

import gzip
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile

import boto3

SESAUTH = os.path.abspath(sys.argv[1])
STORE = pathlib.Path(sys.argv[2])
# The account of the emulator that Microsoft publishes: it opens nothing else.
AZURITE = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
failures = []


def check(what, is_so, told=""):
    print(("ok   " if is_so else "FAIL ") + what, told[-2000:] if not is_so else "")
    if not is_so:
        failures.append(what)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(port, *command):
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    raise SystemExit(f"{command[0]} does not answer")


def environment(**more):
    known = ("AWS_", "AZURE_", "GOOGLE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(known)}
    return {**kept, "NO_PROXY": "127.0.0.1", **more}


def batch(env, *arguments):
    done = subprocess.run([SESAUTH, "batch", *arguments], env=env, cwd=STORE, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def rows(text, prefix):
    out = []
    for line in text.splitlines():
        row = json.loads(line)
        row["path"] = row["path"].removeprefix(prefix)
        out.append(row)
    return out


def files():
    """The messages, in the forms that archives have too: a file's key is its path below `in`."""
    folder = STORE / "in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    messages = sorted((STORE / "corpus").glob("*.eml"))
    for message in messages[:200]:
        shutil.copy(message, folder)
    octets = [message.read_bytes() for message in messages[200:]]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for number, message in enumerate(octets):
            member = tarfile.TarInfo(f"box/{number}.eml")
            member.size = len(message)
            archive.addfile(member, io.BytesIO(message))
    (folder / "x.tar").write_bytes(tar.getvalue())
    (folder / "x.tar.gz").write_bytes(gzip.compress(tar.getvalue()))
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, message in enumerate(octets):
            archive.writestr(f"{number}.eml", message)
    (folder / "y.mbox").write_bytes(b"".join(b"From a\r\n" + message + b"\r\n" for message in octets[:20]))
    # Larger than what is fetched whole.
    (folder / "z.eml").write_bytes(octets[0] + b"0123456789abcdef\r\n" * 400_000)
    (folder / "z2").write_bytes(octets[1])
    metadata = {"Envelope": {"Helo": "mail.example.com", "From": "a@example.com"},
                "Metadata": {"SenderIpAddress": "192.0.2.1", "Timestamp": "2026-07-01T12:00:00Z"}}
    (folder / "z2.json").write_text(json.dumps(metadata))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


DNS = "corpus/dns.jsonl"


def compare(name, env, url):
    """All that holds for any store, of which `url` is a prefix with the messages."""
    expected, local, _ = batch(env, "--format", "ndjson", "--dns", DNS, "in")
    local = rows(local, "in/")
    code, stored, said = batch(env, "--format", "ndjson", "--dns", DNS, url)
    stored = rows(stored, url)
    check(f"{name}: rows are those of the files", stored == local, said)
    is_read = code == expected and len(stored) > 500 and not any("error" in row for row in stored)
    check(f"{name}: all were read", is_read, f"{code} {said}")

    out = STORE / "out.ndjson"
    out.unlink(missing_ok=True)
    run = subprocess.Popen([SESAUTH, "batch", "--jobs", "1", "--dns", DNS, "--resume", out, url], env=env, cwd=STORE)
    while run.poll() is None and (not out.exists() or out.stat().st_size < 100_000):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    cut = out.read_bytes().count(b"\n")
    code, _, said = batch(env, "--dns", DNS, "--resume", str(out), url)
    check(f"{name}: killed after {cut} rows, it goes on", 0 < cut < len(local) and f"{cut} messages were done" in said, said)
    check(f"{name}: and the rows are the same", rows(out.read_text(), url) == local)

    shared = url.removesuffix("in/") + "dns.jsonl"
    code, stored, said = batch(env, "--format", "ndjson", "--dns", shared, url)
    check(f"{name}: recorded DNS is read there", rows(stored, url) == local, said)
    written = url.removesuffix("in/") + "new.jsonl"
    one = url + next(key for key in sorted(os.listdir(STORE / "in")))
    batch(env, "--dns", shared, "--record", written, one)
    code, _, said = batch(env, "--dns", written, one)
    check(f"{name}: and written there", code in (0, 1), said)
    code, _, said = batch(env, "--offline", url + "none.eml")
    check(f"{name}: an object that is not there is said", code == 2 and "there is no such object" in said, said)
    gone = url.replace("://mail", "://gone")
    code, _, said = batch(env, "--offline", gone)
    check(f"{name}: a bucket that is not there is said", code == 2 and "there is no bucket gone" in said, said)


def s3(objects):
    port = free_port()
    server = serve(port, STORE / "python/bin/moto_server", "-p", str(port))
    try:
        address = f"http://127.0.0.1:{port}"
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1",
                              aws_access_key_id="id", aws_secret_access_key="secret")
        client.create_bucket(Bucket="mail")
        for key, octets in objects.items():
            client.put_object(Bucket="mail", Key=f"in/{key}", Body=octets)
        client.upload_file(str(STORE / DNS), "mail", "dns.jsonl")
        env = environment(AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="secret", AWS_ENDPOINT_URL=address)
        compare("S3", env, "s3://mail/in/")
        bare = environment(AWS_REGION="us-east-1")
        code, _, said = batch(bare, "--offline", "--s3-endpoint", address, "s3://mail/in/")
        check("S3: that credentials are missing is said", code == 2 and "AWS_ACCESS_KEY_ID" in said, said)
        code, _, said = batch(bare, "--offline", "--s3-endpoint", address, "--s3-no-sign", "s3://mail/in/")
        check("S3: that access is denied is said", code == 2 and "access is denied" in said, said)
    finally:
        server.kill()


def azure(objects):
    azurite = STORE / "node_modules/.bin/azurite-blob"
    if not azurite.exists():
        return
    port = free_port()
    server = serve(port, azurite, "--silent", "--skipApiVersionCheck", "--inMemoryPersistence",
                   "--disableTelemetry", "--blobPort", str(port))
    try:
        endpoint = f"http://127.0.0.1:{port}/{AZURITE}"
        env = environment(AZURE_STORAGE_ACCOUNT_NAME=AZURITE, AZURE_STORAGE_ACCOUNT_KEY=AZURITE_KEY,
                          AZURE_STORAGE_ENDPOINT=endpoint)
        put(endpoint, "mail", None, None)
        for key, octets in {**{f"in/{key}": octets for key, octets in objects.items()},
                            "dns.jsonl": (STORE / DNS).read_bytes()}.items():
            put(endpoint, "mail", key, octets)
        compare("Azure", env, "az://mail/in/")
    finally:
        server.kill()


def put(endpoint, container, key, octets):
    """Makes a container, or a blob in it, with a shared key (of the emulator)."""
    import base64
    import hashlib
    import hmac
    import urllib.request
    from email.utils import formatdate

    path = container if key is None else f"{container}/{key}"
    query = "?restype=container" if key is None else ""
    fields = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    if key is not None:
        fields["x-ms-blob-type"] = "BlockBlob"
    body = octets or b""
    fields["Content-Type"] = "application/octet-stream"
    canonical = "".join(f"{name}:{fields[name]}\n" for name in sorted(fields) if name.startswith("x-ms-"))
    resource = f"/{AZURITE}/{AZURITE}/{path}" + ("\nrestype:container" if key is None else "")
    length = str(len(body)) if body else ""
    text = f"PUT\n\n\n{length}\n\n{fields['Content-Type']}\n\n\n\n\n\n\n{canonical}{resource}"
    digest = hmac.new(base64.b64decode(AZURITE_KEY), text.encode(), hashlib.sha256).digest()
    fields["Authorization"] = f"SharedKey {AZURITE}:{base64.b64encode(digest).decode()}"
    request = urllib.request.Request(f"{endpoint}/{path}{query}", data=body, method="PUT", headers=fields)
    urllib.request.urlopen(request).read()


objects = files()
s3(objects)
azure(objects)
sys.exit(1 if failures else 0)
