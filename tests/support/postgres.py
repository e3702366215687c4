"""A PostgreSQL server with PostGIS of one's own, as Debian packs it.

It runs as an unprivileged user from a temporary folder on a free port, and ends with the
test. Where the packages are not installed, they are if this is root on Debian.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("postgresql", "postgresql-postgis")
USER, PASSWORD = "planner", "Geheim-5%/x"
SERVER_USER = "postgres"


def programs():
    """Return the folder of initdb and pg_ctl where PostGIS is there too, else None."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        version = folder.parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return folder
    return None


def install():
    """Install the packages, and return why that failed, "" where it did not."""
    if programs():
        return ""
    if os.geteuid() or not shutil.which("apt-get"):
        return "PostGIS is not installed, and this is not root on Debian"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-qy", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"PostGIS cannot be installed: {done.stderr.strip()[-200:]}"
    return "" if programs() else "PostGIS was installed, but not found"


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server():
    """Yield the port of a running server with a database ``grid``; its user has a password."""
    bin_folder = programs()
    folder = Path(tempfile.mkdtemp(prefix="gridpart-postgres-"))
    port = free_port()
    try:
        if not os.geteuid():
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = folder / "data"
        _run(bin_folder / "initdb", "-D", data, "-U", USER, f"--pwfile={secret}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")  # fmt: skip
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
        log = folder / "log"
        _run(bin_folder / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start")
        try:
            yield port
        finally:
            _run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command):
    """Run a program of the server, as its user where this is root."""
    options = {}
    if not os.geteuid():
        entry = pwd.getpwnam(SERVER_USER)
        options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        **options,
    )
