"""Times forests side by side: ours, scikit-learn and scikit-learn-intelex on the same rows, in turn.

`compare.py DIRECTORY FIT REPEATS JOB...` prints a Markdown table. Ours has written the model file when its time ends;
its processor time is that of the whole process. A ratio is the median over the repeats of theirs / ours in one repeat,
so that a machine that is busy for a while slows both sides.
"""

import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from process import run  # noqa: E402

# Algorithm, table, further arguments of ours, who else does it.
JOBS = {
    "random_forest": ("random_forest", "classes", [], ["scikit-learn", "intelex"]),
    "extra_trees": ("extra_trees", "classes", [], ["scikit-learn", "intelex"]),
    "regression_tree": ("decision_tree", "numbers", ["numbers=1", "criterion=squared_error"], ["scikit-learn"]),
}


def main(directory: Path, fit: str, repeats: int, jobs: list[str]) -> None:
    print("| job | engine | fit, s | times ours | processor time, s | times ours | held-out | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for job in jobs:
        algorithm, table, further, engines = JOBS[job]
        files = [str(directory / f"{table}.{part}.f32") for part in ("train", "test")]
        if not Path(files[1]).exists():
            subprocess.run([sys.executable, Path(__file__).with_name("tables.py"), directory, table], check=True)
        ours = [fit, algorithm, "columns=21", "threads=2", *further]
        theirs = {engine: [sys.executable, Path(__file__).with_name("fit.py"), engine, job, *files] for engine in engines}
        scored = run([*ours, *files])
        rounds = [(run([*ours, files[0]]), {name: run(command) for name, command in theirs.items()}) for _ in range(repeats)]
        median = lambda values: statistics.median(list(values))  # noqa: E731
        seconds, process, peak = (median(own[key] for own, _ in rounds) for key in ("fit", "process", "peak"))
        held_out = scored.get("accuracy", scored.get("r2"))
        print(f"| {job} | ours | {seconds:.2f} | | {process:.2f} | | {held_out:.4f} | {peak:.0f} |")
        for engine in engines:
            of = [(own, other[engine]) for own, other in rounds]
            print(
                f"| | {engine} | {median(other['fit'] for _, other in of):.2f} "
                f"| {median(other['fit'] / own['fit'] for own, other in of):.1f} "
                f"| {median(other['user'] for _, other in of):.2f} "
                f"| {median(other['user'] / own['process'] for own, other in of):.1f} "
                f"| {of[0][1]['held-out']:.4f} | {median(other['peak'] for _, other in of):.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
