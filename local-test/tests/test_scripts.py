"""The scripts, with stand-ins for `aws`, `docker` and the binaries that record how they are called."""

import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import unittest

# Notes its call as shlex.join would write it.
RECORD = """#!/bin/sh
call=NAME
for argument; do
    case $argument in
    "" | *[!A-Za-z0-9@%+=:,./_-]*) call="$call '$argument'" ;;
    *) call="$call $argument" ;;
    esac
done
printf '%s\\n' "$call" >> "$CALLS"
"""
TOP = pathlib.Path(__file__).resolve().parents[2]

AWS = """
case "$*" in
sts*) [ -n "${NO_CREDENTIALS-}" ] && { echo "Unable to locate credentials" >&2; exit 253; }; echo 123456789012 ;;
"configure get region") echo "${REGION_OF_PROFILE-}"; [ -n "${REGION_OF_PROFILE-}" ] ;;
*describe-repositories*) [ -z "${NO_REPOSITORY-}" ] || { echo "($NO_REPOSITORY) when calling" >&2; exit 254; } ;;
*get-login-password*) echo secret ;;
esac
"""
DOCKER = """
[ "$1" != login ] || echo "password $(cat)" >> "$CALLS"
[ "$1" != "${FAILING-}" ] || exit 1
"""
GATEWAY = """
[ "$*" = --print-settings ] || exit 70
[ -z "${BAD-}" ] || { echo "gateway: MODEL_SERVER_WORKERS=0: expected more" >&2; exit 78; }
echo "export MODEL_SERVER_WORKERS='2'"
echo "export MODEL_NAME='it'\\\\''s %(odd)s'"
[ -z "${COMMAND-}" ] || echo "export MODEL_SERVER_WORKER_COMMAND='$COMMAND'"
"""
SUPERVISORD = """
echo "$MODEL_NAME" >> "$CALLS"
echo "$MODEL_SERVER_WORKER_COMMAND" >> "$CALLS"
ls -ld "$MODEL_SERVER_RUN_DIR" >> "$CALLS"
"""


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        # A space in every path.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="a b"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.bin = self.directory / "bin"
        self.bin.mkdir()
        self.calls = self.directory / "calls"
        self.calls.touch()

    def stand_in(self, name, script, folder=None):
        path = (folder or self.bin) / name
        path.write_text(RECORD.replace("NAME", name) + script)
        path.chmod(0o755)

    def run_script(self, script, *arguments, cwd=None, **environment):
        kept = ("LD_LIBRARY_PATH", "HOME")
        result = subprocess.run(
            [script, *arguments],
            env={
                **{name: os.environ[name] for name in kept if name in os.environ},
                "PATH": f"{self.bin}:/usr/bin:/bin",
                "CALLS": str(self.calls),
                "TMPDIR": str(self.directory),
                **environment,
            },
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return result

    def called(self):
        return self.calls.read_text().splitlines()

    # build_and_push.sh

    def push(self, *arguments, **environment):
        self.stand_in("aws", AWS)
        self.stand_in("docker", DOCKER)
        return self.run_script(TOP / "build_and_push.sh", *arguments, **environment)

    def test_push_to_a_repository_that_is_there(self):
        result = self.push("leaves", REGION_OF_PROFILE="eu-west-1")
        registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
        self.assertEqual(result.returncode, 0, result.stderr)
        calls = self.called()
        self.assertEqual(
            calls[:3],
            [
                "aws sts get-caller-identity --query Account --output text",
                "aws configure get region",
                "aws ecr describe-repositories --region eu-west-1 --repository-names leaves",
            ],
        )
        # The two ends of a pipe start in any order.
        self.assertCountEqual(
            calls[3:5],
            [
                "aws ecr get-login-password --region eu-west-1",
                f"docker login --username AWS --password-stdin {registry}",
            ],
        )
        self.assertEqual(
            calls[5:],
            [
                "password secret",
                f"docker build --tag leaves:latest {shlex.quote(str(TOP))}",
                f"docker tag leaves:latest {registry}/leaves:latest",
                f"docker push {registry}/leaves:latest",
            ],
        )
        self.assertEqual(
            result.stdout.splitlines()[-1], f"{registry}/leaves:latest"
        )

    def test_push_makes_a_repository_that_is_missing(self):
        result = self.push(
            "team/leaves:v1", AWS_REGION="cn-north-1", NO_REPOSITORY="RepositoryNotFoundException"
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(
            "aws ecr create-repository --region cn-north-1 --repository-name team/leaves",
            self.called(),
        )
        self.assertEqual(
            self.called()[-1],
            "docker push 123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/leaves:v1",
        )

    def test_push_makes_no_repository_when_it_may_not_even_look(self):
        result = self.push("leaves", AWS_REGION="r-1", NO_REPOSITORY="AccessDeniedException")
        self.assertEqual(result.returncode, 1)
        self.assertIn("AccessDeniedException", result.stderr)
        self.assertNotIn("create-repository", "\n".join(self.called()))

    def test_push_says_in_one_line_what_is_missing(self):
        for environment, expected in [
            ({"NO_CREDENTIALS": "1"}, "no credentials that work"),
            ({}, "no region"),
            ({"AWS_REGION": "r-1", "FAILING": "login"}, "can't log in to 123456789012.dkr.ecr.r-1.amazonaws.com"),
            ({"AWS_REGION": "r-1", "FAILING": "build"}, "the build failed"),
            ({"AWS_REGION": "r-1", "FAILING": "tag"}, "can't tag the image"),
            ({"AWS_REGION": "r-1", "FAILING": "push"}, "the push failed"),
        ]:
            with self.subTest(expected):
                result = self.push("leaves", **environment)
                self.assertEqual(result.returncode, 1)
                self.assertIn(expected, result.stderr.splitlines()[-1])

    def test_push_takes_one_proper_name(self):
        for arguments in [(), ("a", "b"), ("--help",), ("",)]:
            self.assertEqual(self.push(*arguments).returncode, 64, arguments)
        for name in ["Leaves", "a:b:c", "a b", "a/", "a;b"]:
            result = self.push(name)
            self.assertEqual(result.returncode, 1, name)
            self.assertIn("is no image name", result.stderr)
        self.assertEqual(self.called(), [])

    # build_local.sh, train-local.sh, serve-local.sh

    def test_build_local_tags_the_image(self):
        self.stand_in("docker", DOCKER)
        self.run_script(TOP / "build_local.sh", "leaves:v1")
        self.run_script(TOP / "build_local.sh")
        self.assertEqual(
            self.called(),
            [
                f"docker build --tag leaves:v1 {shlex.quote(str(TOP))}",
                f"docker build --tag decision-trees {shlex.quote(str(TOP))}",
            ],
        )

    def test_they_work_from_elsewhere_in_a_path_with_spaces(self):
        clone = self.directory / "a clone"
        (clone / "local-test").mkdir(parents=True)
        for script in ["build_local.sh", "build_and_push.sh"]:
            shutil.copy(TOP / script, clone)
        for script in (TOP / "local-test").glob("*.sh"):
            shutil.copy(script, clone / "local-test")
        job = shutil.copytree(TOP / "local-test/test-dir", clone / "local-test/test-dir")
        left = job / "model/left over.onnx"
        left.touch()
        self.stand_in("aws", AWS)
        self.stand_in("docker", DOCKER)
        self.stand_in("cargo", "")
        release = clone / "target/release"
        release.mkdir(parents=True)
        self.stand_in("trainer", 'echo "$SAGEMAKER_BASE_DIR" >> "$CALLS"', release)
        # A variable of some users that would lead `cd` to another clone.
        (self.directory / "other/a clone/local-test").mkdir(parents=True)
        elsewhere = {"AWS_REGION": "r-1", "CDPATH": str(self.directory / "other")}
        mount = f"type=bind,source={job},target=/opt/ml"
        registry = "123456789012.dkr.ecr.r-1.amazonaws.com"
        for script, arguments, expected in [
            ("build_local.sh", [], ["docker build --tag decision-trees {context}"]),
            ("build_and_push.sh", ["leaves"], [f"docker push {registry}/leaves:latest"]),
            (
                "local-test/train-local.sh",
                ["leaves"],
                [f"docker run --rm --mount '{mount}' leaves train"],
            ),
            (
                "local-test/train-local.sh",
                [],
                [
                    "cargo build --release --locked --quiet"
                    f" --manifest-path '{clone}/Cargo.toml' -p trainer",
                    "trainer",
                    str(job),
                ],
            ),
            (
                "local-test/serve-local.sh",
                ["leaves"],
                [f"docker run --rm --publish 8080:8080 --mount '{mount},readonly' leaves serve"],
            ),
        ]:
            for call, cwd in [
                (clone / script, "/"),
                (f"a clone/{script}", self.directory),
                (f"./{script}", clone),
            ]:
                with self.subTest(f"{call} {arguments}"):
                    result = self.run_script(call, *arguments, cwd=cwd, **elsewhere)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    context = shlex.quote(os.path.dirname(call))
                    lines = [line.format(context=context) for line in expected]
                    self.assertEqual(self.called()[-len(lines) :], lines)
        self.assertFalse(left.exists())

    def test_serve_local_hands_the_settings_to_the_container(self):
        self.stand_in("docker", DOCKER)
        result = self.run_script(
            TOP / "local-test/serve-local.sh",
            "leaves",
            SAGEMAKER_BIND_TO_PORT="9999",
            MODEL_SERVER_WORKERS="3",
            SAGEMAKER_BASE_DIR="/elsewhere",
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        (call,) = self.called()
        self.assertIn("--publish 9999:9999 ", call)
        self.assertIn("--env MODEL_SERVER_WORKERS ", call)
        self.assertNotIn("SAGEMAKER_BASE_DIR", call)
        self.assertTrue(call.endswith("target=/opt/ml,readonly leaves serve"), call)

    def test_a_wrong_call_gets_the_usage(self):
        for script in [
            "build_local.sh",
            "local-test/train-local.sh",
            "local-test/serve-local.sh",
            "local-test/predict.sh",
            "local-test/quickstart.sh",
            "local-test/test.sh",
            "local-test/test-image.sh",
            "local-test/test-sagemaker.sh",
        ]:
            with self.subTest(script):
                result = self.run_script(TOP / script, "--what", "is", "this")
                self.assertEqual(result.returncode, 64)
                self.assertIn("usage: ", result.stderr)

    # predict.sh

    def test_predict_says_what_is_wrong(self):
        result = self.run_script(TOP / "local-test/predict.sh", "/no/such/file")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "predict.sh: /no/such/file can't be read\n")
        result = self.run_script(TOP / "local-test/predict.sh", str(self.directory))
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, f"predict.sh: {self.directory} can't be read\n")
        result = self.run_script(TOP / "local-test/predict.sh", URL="http://127.0.0.1:1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing answers on http://127.0.0.1:1", result.stderr)

    # serve

    def serve(self, *arguments, **environment):
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        shutil.copy(TOP / "serve", home)
        self.stand_in("gateway", GATEWAY, home)
        self.stand_in("model-worker", "", home)
        return self.run_script(home / "serve", *arguments, **environment)

    def test_serve_becomes_supervisord_with_the_settings_exported(self):
        self.stand_in("supervisord", SUPERVISORD)
        result = self.serve()
        self.assertEqual(result.returncode, 0, result.stderr)
        home = self.directory / "home"
        _, started, model_name, worker, run_dir = self.called()
        self.assertEqual(started, f"supervisord -n -c '{home}/supervisord.conf'")
        self.assertEqual(model_name, "it's %(odd)s")
        self.assertEqual(worker, f'"{home}/model-worker"')
        self.assertTrue(run_dir.startswith("drwx------"), run_dir)
        self.assertIn(f"{self.directory}/model-server.", run_dir)

    def test_serve_needs_no_binary_of_a_worker_if_a_command_runs_one(self):
        self.stand_in("supervisord", SUPERVISORD)
        programs = self.directory / "programs"
        programs.mkdir()
        self.stand_in("gateway", GATEWAY, programs)
        for given, status in [("python3  'my worker.py'", 0), (" \n", 69)]:
            result = self.serve(
                MODEL_SERVER_BIN_DIR=str(programs),
                MODEL_SERVER_WORKER_COMMAND=given,
                COMMAND='python3 "my worker.py"',
            )
            self.assertEqual(result.returncode, status, result.stderr)
        # As the gateway has quoted it.
        self.assertIn('python3 "my worker.py"', self.called())

    def test_serve_ends_with_the_gateways_word_on_a_setting(self):
        self.stand_in("supervisord", SUPERVISORD)
        result = self.serve(BAD="1")
        self.assertEqual(result.returncode, 78)
        self.assertEqual(
            result.stderr, "gateway: MODEL_SERVER_WORKERS=0: expected more\n"
        )
        self.assertEqual(self.called(), ["gateway --print-settings"])

    def test_serve_says_what_is_missing(self):
        for missing in ["gateway", "model-worker"]:
            empty = self.directory / missing
            empty.mkdir()
            if missing == "model-worker":
                self.stand_in("gateway", GATEWAY, empty)
            result = self.serve(MODEL_SERVER_BIN_DIR=str(empty))
            self.assertEqual(result.returncode, 69)
            self.assertIn(f"serve: {empty}/{missing} is missing", result.stderr)
        if not shutil.which("supervisord", path="/usr/bin:/bin"):
            result = self.serve()
            self.assertEqual(result.returncode, 69)
            self.assertIn("serve: supervisord is missing", result.stderr)


if __name__ == "__main__":
    unittest.main()
