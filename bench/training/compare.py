"""Times ours against scikit-learn in alternating rounds and prints one table row a measurement.

`compare.py NAME ROUNDS OURS... -- THEIRS...`: two commands that print `fit SECONDS`, `leaves N ...`
and `train ACCURACY`. The ratio is the median of the rounds' ratios, so that a machine that is busy
for a while slows both sides of a round.
"""

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from process import run  # noqa: E402


def main(name: str, rounds: int, ours: list[str], theirs: list[str]) -> None:
    pairs = [(run(ours), run(theirs)) for _ in range(rounds)]
    median = lambda values: statistics.median(list(values))  # noqa: E731
    print(
        f"| {name} | {median(o['fit'] for o, _ in pairs):.3f} | {median(t['fit'] for _, t in pairs):.2f} "
        f"| {median(t['fit'] / o['fit'] for o, t in pairs):.1f} "
        f"| {pairs[0][0]['leaves']:.0f} / {pairs[0][1]['leaves']:.0f} "
        f"| {pairs[0][0]['train']:.4f} / {pairs[0][1]['train']:.4f} "
        f"| {median(o['peak'] for o, _ in pairs):.0f} / {median(t['peak'] for _, t in pairs):.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    split = sys.argv.index("--")
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:split], sys.argv[split + 1 :])
