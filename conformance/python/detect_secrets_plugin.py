"""detect-secrets with the plugin of deploy/scanners, as its users run it: a key that the server just made is found in a file, and the
same key with one character changed is not."""

import json
import pathlib
import subprocess
import sys
import tempfile
from importlib.metadata import version

from checks import MANAGEMENT_KEY, check, equal, expect, finish, http_call

WHO = f"detect-secrets {version('detect-secrets')} (PyPI)"
PLUGIN = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "scanners" / "faregate_detect_secrets.py"
KIND = "Faregate API key"


def fresh_key():
    """A key of the server, deleted again at once: whether it is live does not matter here."""
    status, _, body = http_call("POST", "/api/v1/keys", MANAGEMENT_KEY, {"name": "detect-secrets", "limit": 0})
    equal(status, 201, "status")
    made = json.loads(body)
    http_call("DELETE", "/api/v1/keys/" + made["data"]["hash"], MANAGEMENT_KEY)
    return made["key"]


def run(tool, *arguments):
    return subprocess.run([sys.executable, "-m", tool, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=60)


def lines_with_keys(name):
    found = run("detect_secrets", "scan", "--plugin", str(PLUGIN), name)
    equal(found.returncode, 0, found.stderr)
    return sorted(hit["line_number"] for hit in json.loads(found.stdout)["results"].get(name, []) if hit["type"] == KIND)


KEY = fresh_key()
BROKEN = KEY[:-1] + ("b" if KEY[-1] == "a" else "a")
with tempfile.TemporaryDirectory() as FOLDER:
    pathlib.Path(FOLDER, "app.env").write_text(f"A=1\nFAREGATE_API_KEY={KEY}\n")
    pathlib.Path(FOLDER, "broken.txt").write_text(f"see {BROKEN} and {KEY}x\n")

    @check("S64", f"{WHO}: finds a fresh key")
    def _():
        equal(lines_with_keys("app.env"), [2], "lines")

    @check("S64", f"{WHO}: passes over a broken checksum and a longer text")
    def _():
        equal(lines_with_keys("broken.txt"), [], "lines")

    @check("S64", f"{WHO}: the hook stops a commit")
    def _():
        stopped = run("detect_secrets.pre_commit_hook", "--plugin", str(PLUGIN), "app.env")
        equal(stopped.returncode, 1, stopped.stderr)
        expect(KIND in stopped.stdout and KEY not in stopped.stdout, "what is printed")


finish()
