"""The quicker figures of the README, one after the other, as a table and as JSON lines: all but `match` and `exactness`.

python -m benchmarks [--input DIR] [--rows 20000] [--rounds 3]
"""

import json
import subprocess
import sys

NAMES = ("imports", "matching", "rebuild", "http")


def main() -> None:
    answers = []
    for name in NAMES:
        words = sys.argv[1:] if name != "http" else []
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *words],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answers.append(json.loads(done.stdout))
        print(done.stdout.strip(), flush=True)
    print(f"\n{answers[0]['machine']}\n\n| figure | measured | beside |\n|---|---|---|")
    for answer in answers:
        peers = ", ".join(
            f"{peer}: {rate} ({answer['ratio'][peer]} times)"
            for peer, rate in answer.get("peers", {}).items()
        )
        print(f"| {answer['name']} | {answer['ours']:,} {answer['unit']} | {peers} |")


if __name__ == "__main__":
    main()
