"""Batch transform in local mode: a file of lines in, a file of as many lines out, in the same order."""

import pytest
from conftest import PAYLOAD, SPECIES

# Two mini-batches of the smallest size that can be set, 1 MB.
COPIES = 1_200_000 // len(PAYLOAD)


@pytest.fixture(scope="module")
def transform(estimator, tmp_path_factory):
    """Transforms this text; the text that comes out."""

    def run(text, strategy, **options):
        folder = tmp_path_factory.mktemp("transform")
        (folder / "in").mkdir()
        (folder / "in" / "leaves.csv").write_text(text)
        transformer = estimator.transformer(
            instance_count=1,
            instance_type="local",
            strategy=strategy,
            max_payload=1,
            accept="text/csv",
            output_path=f"file://{folder}/out",
            **options,
        )
        # Local mode transforms before it returns. `wait` would poll CloudWatch.
        transformer.transform(f"file://{folder}/in", content_type="text/csv", split_type="Line", wait=False)
        return (folder / "out" / "leaves.csv.out").read_text()

    return run


def test_multi_record(transform):
    lines = transform(PAYLOAD * COPIES, "MultiRecord").splitlines()
    assert len(lines) == len(SPECIES) * COPIES
    assert lines == lines[: len(SPECIES)] * COPIES
    assert sum(map(str.__eq__, lines, SPECIES)) > 0.6 * len(SPECIES)


def test_single_record(transform):
    lines = transform(PAYLOAD, "SingleRecord").splitlines()
    assert len(lines) == len(SPECIES)
    assert sum(map(str.__eq__, lines, SPECIES)) > 0.6 * len(SPECIES)
