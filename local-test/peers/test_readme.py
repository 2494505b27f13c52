"""The README's curl lines print what the README says."""

import re
import shutil
import subprocess

import pytest

from conftest import BINARIES, DEADLINE, TOP, serve_file


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


def examples():
    console = re.search(r"^```console\n(.*?)^```", (TOP / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    for example in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        # A command's lines end in a backslash, but for the last one.
        command = re.match(r"(?:.*\\\n)*.*\n", example)[0]
        yield command, example[len(command) :]


@pytest.mark.parametrize("command, printed", list(examples()), ids=range(len(list(examples()))))
def test_the_curl_lines(command, printed, sample_server):
    command = command.replace("http://localhost:8080", f"http://127.0.0.1:{sample_server.http_port}")
    done = subprocess.run(["bash", "-c", command], cwd=TOP, capture_output=True, text=True, timeout=DEADLINE, check=True)
    if printed.endswith("...\n"):
        assert done.stdout.startswith(printed.removesuffix("...\n"))
    else:
        assert done.stdout.rstrip("\n") == printed.rstrip("\n")
