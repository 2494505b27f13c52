"""The commands of docs/python.md, as they stand there."""

import re
import shutil
import subprocess
import sys

import pytest

from conftest import DEADLINE, TOP, Server, blocks_of, check_console, console_examples


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """What the page has served, in a folder that is as much of a clone as the page needs."""
    clone = tmp_path_factory.mktemp("clone")
    shutil.copytree(TOP / "examples/python", clone / "examples/python")
    shutil.copytree(TOP / "local-test/test-dir/input", clone / "local-test/test-dir/input")
    for name in ("proto", "docs"):
        (clone / name).symlink_to(TOP / name)
    prepare, run = blocks_of("docs/python.md", "sh")[:2]
    # This Python has the packages that pip would bring.
    folder = "examples/my-algorithm/.venv/bin"
    venv = f"mkdir -p {folder} && printf '#!/bin/sh\\nexec {sys.executable} \"$@\"' >{folder}/python && chmod +x {folder}/python\n"
    prepare = re.sub(r"^python3 -m venv .*\n.*pip install .*\n", lambda _: venv, prepare, flags=re.MULTILINE)
    assert venv in prepare and run.endswith("./serve\n")
    script = prepare + run.removesuffix("./serve\n") + "env -0 >environment\n"
    subprocess.run(["bash", "-ec", script], cwd=clone, check=True, timeout=DEADLINE)
    environment = dict(pair.split("=", 1) for pair in (clone / "environment").read_text().split("\0") if pair)
    settings = {name: environment[name] for name in ("SAGEMAKER_BASE_DIR", "MODEL_SERVER_WORKER_COMMAND")}
    with Server(clone, clone / "log", MODEL_SERVER_GRPC_PORT="", **settings) as server:
        yield server


@pytest.mark.parametrize("command, lines", console_examples("docs/python.md"))
def test_the_curl_lines(command, lines, server):
    check_console(command, lines, server)
