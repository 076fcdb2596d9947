"""Real servers on loopback, one of each per test process: S3-compatible storage (moto) and PostgreSQL."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from adbc_driver_postgresql import dbapi

_SECONDS = 60
_KEYS = {"aws_access_key_id": "nobody-checks", "aws_secret_access_key": "this", "region_name": "us-east-1"}
PASSWORD = "s3cret/of the shop"  # noqa: S105


@dataclass(frozen=True)
class Storage:
    """A storage that checks no credentials, until it is told to."""

    endpoint: str

    def client(self, service: str = "s3") -> Any:
        """A client of Amazon's own."""
        return boto3.client(service, endpoint_url=self.endpoint, **_KEYS)

    def put(self, bucket: str, objects: Mapping[str, bytes | str]) -> None:
        """Put objects into a bucket, which is made if need be."""
        client = self.client()
        client.create_bucket(Bucket=bucket)
        for key, content in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=content if isinstance(content, bytes) else content.encode())

    def remove(self, bucket: str, key: str) -> None:
        """Remove an object."""
        self.client().delete_object(Bucket=bucket, Key=key)

    def user(self, name: str) -> tuple[str, str]:
        """Key and secret of a new user, who may do nothing."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """From here on, credentials are checked."""
        self._check_from(b"0")
        yield
        self._check_from(b"inf")

    def _check_from(self, count: bytes) -> None:
        address, headers = f"{self.endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        with urlopen(Request(address, count, headers), timeout=10) as answer:  # noqa: S310
            answer.read()


@contextmanager
def storage_server() -> Iterator[Storage]:
    """Moto's server, on a free port."""
    port = _free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port):
        yield Storage(f"http://127.0.0.1:{port}")


@dataclass(frozen=True)
class Database:
    """A database whose user needs a password."""

    port: int

    @property
    def url(self) -> str:
        """Its connection string."""
        password = PASSWORD.replace("/", "%2F").replace(" ", "%20")
        return f"postgresql://shop:{password}@127.0.0.1:{self.port}/postgres"

    def execute(self, *statements: str) -> None:
        """Run statements, each by itself."""
        with dbapi.connect(self.url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def database_server() -> Iterator[Database]:
    """PostgreSQL in a folder of its own, on a free port."""
    programs = postgres_programs()
    if programs is None:
        if os.environ.get("JOURNEY_CI"):
            pytest.fail("continuous integration must have PostgreSQL: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    user = _other_user()
    with TemporaryDirectory(prefix="journey-postgres-") as folder:
        password = Path(folder) / "password"
        password.write_text(PASSWORD)
        if user is not None:
            for path in (folder, password):
                os.chown(path, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        data, port = f"{folder}/data", _free_port()
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "shop", f"--pwfile={password}", "--auth=scram-sha-256",
             "--no-sync", "--encoding=UTF8", "--locale=C"],
            user=user, cwd=folder, capture_output=True, text=True, check=False, extra_groups=[] if user else None,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        command = [str(programs / "postgres"), "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), "-F"]
        with _running(command, port, user=user, cwd=folder, stop=signal.SIGINT):
            yield _ready(Database(port))


def _ready(database: Database) -> Database:
    """The port is open a little before the server answers."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            database.execute("select 1")
        except dbapi.Error:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return database


def postgres_programs() -> Path | None:
    """Folder of initdb and postgres; Debian does not put it on the path."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = [Path(os.path.realpath(on_path)).parent] if on_path else folders
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "nobody" if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _running(
    command: list[str],
    port: int,
    user: str | None = None,
    cwd: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, user=user, cwd=cwd, extra_groups=[] if user else None
        )  # fmt: skip
        try:
            _wait_for(port, process, Path(log.name))
            yield
        finally:
            process.send_signal(stop)
            process.wait(_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
