"""The README's curl lines print what the README says."""

import shutil
import subprocess

import pytest

from conftest import BINARIES, DEADLINE, TOP, check_console, console_examples, serve_file


@pytest.fixture(scope="module")
def sample_server(tmp_path_factory):
    """What `local-test/quickstart.sh --keep` leaves running."""
    job = tmp_path_factory.mktemp("sample")
    shutil.copytree(TOP / "local-test/test-dir/input", job / "input")
    for folder in ("model", "output"):
        (job / folder).mkdir()
    subprocess.run([BINARIES / "trainer"], env={"SAGEMAKER_BASE_DIR": str(job)}, check=True, capture_output=True, timeout=DEADLINE)
    with serve_file(tmp_path_factory.mktemp("served") / "job", (job / "model/model.onnx").read_bytes()) as server:
        yield server


@pytest.mark.parametrize("command, lines", console_examples("README.md"))
def test_the_curl_lines(command, lines, sample_server):
    check_console(command, lines, sample_server)
