"""examples/kubernetes.yaml against Kubernetes' own schemas, and against what `serve` makes of it."""

import os
import subprocess

import kubernetes_validate
import pytest
import yaml
from conftest import BINARIES, TOP


@pytest.fixture(scope="module")
def resources():
    documents = yaml.safe_load_all((TOP / "examples/kubernetes.yaml").read_text())
    return {document["kind"]: document for document in documents}


# The oldest version that the file names, and the newest that there are schemas of.
@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_the_resources_are_what_kubernetes_takes(resources, version):
    for resource in resources.values():
        kubernetes_validate.validate(resource, version, strict=True)


def test_the_parts_fit_together(resources):
    deployment, service = resources["Deployment"]["spec"], resources["Service"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    assert service["selector"].items() <= labels.items()
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["ports"]} == ports.keys()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/ping", "port": "http"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_the_environment_holds_settings(resources):
    (container,) = resources["Deployment"]["spec"]["template"]["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    done = subprocess.run(
        [BINARIES / "gateway", "--print-settings"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, value in environment.items():
        assert f"export {name}='{value}'" in done.stdout
    assert environment["MODEL_SERVER_GRPC_PORT"] == str(ports["grpc"])
    assert f"export SAGEMAKER_BIND_TO_PORT='{ports['http']}'" in done.stdout
