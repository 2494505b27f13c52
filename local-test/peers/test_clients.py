"""HTTP clients as people have them, against the whole stack: requests, aiohttp, httpx, boto3, curl."""

import asyncio
import concurrent.futures
import contextlib
import http.server
import json
import subprocess
import threading
import urllib.error
import urllib.request

import aiohttp
import boto3
import botocore.config
import botocore.exceptions
import httpx
import pytest
import requests

from conftest import DEADLINE, TOP, until

ROWS = (TOP / "local-test/payload.csv").read_text().splitlines(keepends=True)
CSV = {"Content-Type": "text/csv"}
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
# Far beyond what sockets hold: a client is still sending it when it is refused.
TOO_LARGE = 16 << 20


@pytest.fixture(scope="module")
def url(leaf_server):
    return f"http://127.0.0.1:{leaf_server.http_port}"


@pytest.fixture(scope="module")
def small_url(leaf_job, serve):
    """Of a server that takes no more than 1 MiB."""
    return f"http://127.0.0.1:{serve(leaf_job, SAGEMAKER_MAX_PAYLOAD_IN_MB='1').http_port}"


@pytest.fixture(scope="module")
def labels(leaf_server):
    """The answer to each row alone."""
    return [leaf_server.invoke(row) for row in ROWS]


def chunks(times):
    """The rows, some at a time, cut in the middle of a row."""
    text = "".join(ROWS * times).encode()
    return [text[i : i + 10_007] for i in range(0, len(text), 10_007)]


# requests


def test_requests_keeps_one_connection(url, labels):
    with requests.Session() as session:
        for row, label in zip(ROWS, labels):
            answer = session.post(f"{url}/invocations", row, headers={**CSV, ATTRIBUTES: "trace=7"}, timeout=DEADLINE)
            assert (answer.status_code, answer.text) == (200, label)
            assert answer.headers[ATTRIBUTES] == "trace=7"
            # A refusal leaves the connection as it was.
            assert session.post(f"{url}/invocations", "1,2", headers=CSV, timeout=DEADLINE).status_code == 400
        ping = session.head(f"{url}/ping", timeout=DEADLINE)
        assert (ping.status_code, ping.content) == (200, b"")
        pools = session.get_adapter(url).poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]


def test_requests_uploads_a_generator(url, labels):
    answer = requests.post(f"{url}/invocations", iter(chunks(50)), headers=CSV, timeout=DEADLINE)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.text == "".join(labels * 50)


def test_requests_in_parallel(url, labels):
    def ask(turn):
        with requests.Session() as session:
            for i in range(turn, turn + 40):
                answer = session.post(f"{url}/invocations", ROWS[i % len(ROWS)], headers=CSV, timeout=DEADLINE)
                assert (answer.status_code, answer.text) == (200, labels[i % len(ROWS)])

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        list(threads.map(ask, range(16)))


@pytest.mark.parametrize("is_chunked", [False, True])
def test_requests_reads_a_refusal_while_it_sends(small_url, is_chunked):
    body = (b"0" * 65536 for _ in range(TOO_LARGE // 65536)) if is_chunked else b"0" * TOO_LARGE
    answer = requests.post(f"{small_url}/invocations", body, headers=CSV, timeout=DEADLINE)
    assert answer.status_code == 413
    assert "SAGEMAKER_MAX_PAYLOAD_IN_MB" in answer.text


# aiohttp


def test_aiohttp_asks_many_at_once(url, labels):
    async def main():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=16)) as session:

            async def ask(i):
                headers = {**CSV, ATTRIBUTES: f"row={i}"}
                async with session.post(f"{url}/invocations", data=ROWS[i], headers=headers) as answer:
                    assert (answer.status, answer.headers[ATTRIBUTES]) == (200, f"row={i}")
                    return await answer.text()

            answers = await asyncio.gather(*(ask(i % len(ROWS)) for i in range(500)))
            assert answers == [labels[i % len(ROWS)] for i in range(500)]
            async with session.head(f"{url}/ping") as ping:
                assert ping.status == 200

    asyncio.run(main())


@pytest.mark.parametrize("expect", [False, True])
def test_aiohttp_streams_a_body(url, small_url, labels, expect):
    async def body(pieces):
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)

    async def main():
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{url}/invocations", data=body(chunks(50)), headers=CSV, expect100=expect) as answer:
                assert await answer.text() == "".join(labels * 50)
            large = body([b"0" * 65536] * (TOO_LARGE // 65536))
            async with session.post(f"{small_url}/invocations", data=large, headers=CSV, expect100=expect) as answer:
                assert answer.status == 413
                assert "SAGEMAKER_MAX_PAYLOAD_IN_MB" in await answer.text()

    asyncio.run(main())


# httpx, HTTP/2 without an upgrade


def http2():
    return httpx.AsyncClient(http1=False, http2=True, timeout=DEADLINE)


def test_httpx_shares_one_http2_connection(url, labels):
    async def main():
        async with http2() as client:

            async def ask(i):
                answer = await client.post(f"{url}/invocations", content=ROWS[i], headers={**CSV, ATTRIBUTES: f"row={i}"})
                assert answer.http_version == "HTTP/2"
                assert (answer.status_code, answer.headers[ATTRIBUTES]) == (200, f"row={i}")
                return answer.text

            assert await asyncio.gather(*(ask(i) for i in range(len(ROWS)))) == labels
            ping = await client.head(f"{url}/ping")
            assert (ping.status_code, ping.content) == (200, b"")

    asyncio.run(main())


def test_httpx_sends_a_large_body(url, labels):
    """One at a time: httpcore 1.0.9 can wait for a window update that it has read for another request."""

    async def main():
        async with http2() as client:
            for _ in range(3):
                answer = await client.post(f"{url}/invocations", content="".join(ROWS * 300), headers=CSV)
                assert answer.text == "".join(labels * 300)

    asyncio.run(main())


def test_httpx_reads_a_refusal_and_goes_on(small_url, labels):
    async def main():
        async with http2() as client:
            for _ in range(2):
                answer = await client.post(f"{small_url}/invocations", content=b"0" * TOO_LARGE, headers=CSV)
                assert answer.status_code == 413
            answer = await client.post(f"{small_url}/invocations", content=ROWS[0], headers=CSV)
            assert (answer.status_code, answer.text) == (200, labels[0])

    asyncio.run(main())


# boto3


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """As much of SageMaker's runtime API as stands between boto3 and a container."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        assert self.path == "/endpoints/leaves/invocations", self.path
        kept = {name: value for name, value in self.headers.items() if name.lower().startswith(("content-type", "accept", "x-amzn"))}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = urllib.request.Request(f"{self.server.url}/invocations", body, kept)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                self.answer(200, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            message = {"OriginalStatusCode": error.code, "OriginalMessage": error.read().decode(), "Message": "the model answered with an error"}
            self.answer(424, {"x-amzn-ErrorType": "ModelError"}, json.dumps(message).encode())

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower().startswith(("content-type", "x-amzn")):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def runtime_api(url):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi) as server:
        server.url = url
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_boto3_invokes_an_endpoint(leaf_job, serve, labels):
    # Its own server: the log says little about the last of many refusals.
    server = serve(leaf_job)
    with runtime_api(f"http://127.0.0.1:{server.http_port}") as endpoint_url:
        client = boto3.client(
            "sagemaker-runtime",
            endpoint_url=endpoint_url,
            region_name="eu-central-1",
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        for row, label in list(zip(ROWS, labels))[:10]:
            answer = client.invoke_endpoint(EndpointName="leaves", ContentType="text/csv", Body=row, CustomAttributes="trace=7")
            assert answer["Body"].read().decode() == label
            assert answer["ContentType"].startswith("text/csv")
            assert answer["CustomAttributes"] == "trace=7"
        answer = client.invoke_endpoint(EndpointName="leaves", ContentType="text/csv", Accept="application/json", Body="".join(ROWS))
        predictions = json.loads(answer["Body"].read())["predictions"]
        assert [prediction["predicted_label"] + "\n" for prediction in predictions] == labels
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            client.invoke_endpoint(EndpointName="leaves", ContentType="text/csv", Body="1,2", InferenceId="leaf-of-boto3")
        assert raised.value.response["OriginalStatusCode"] == 400
        assert raised.value.response["OriginalMessage"] == "row 1: 2 columns, the model takes 24\n"
    until(lambda: 'inference_id="leaf-of-boto3"' in server.log.read_text(), server.log)


# curl


def curl(*arguments, body=None):
    """The answer as it came, its head included."""
    command = ["curl", "--silent", "--show-error", "--include", "--max-time", str(DEADLINE), *arguments]
    if body is not None:
        command += ["--header", "Content-Type: text/csv", "--data-binary", "@-"]
    return subprocess.run(command, input=body, capture_output=True, text=True, check=True).stdout


CURL = pytest.mark.parametrize("protocol, version", [("--http1.1", "HTTP/1.1"), ("--http2-prior-knowledge", "HTTP/2")])


@CURL
def test_curl_invokes(url, labels, protocol, version):
    for row, label in list(zip(ROWS, labels))[:10]:
        answer = curl(protocol, f"{url}/invocations", "--header", f"{ATTRIBUTES}: trace=7", body=row)
        head, _, body = answer.partition("\n\n")
        assert head.startswith(f"{version} 200"), answer
        assert f"{ATTRIBUTES}: trace=7".lower() in head.lower()
        assert body == label
    assert curl(protocol, "--head", f"{url}/ping").startswith(f"{version} 200")


@CURL
def test_curl_sends_a_large_body(url, labels, protocol, version):
    large, expected = "".join(ROWS * 100), "".join(labels * 100)
    assert curl(protocol, f"{url}/invocations", body=large).endswith(f"\n\n{expected}")
    answer = curl(protocol, f"{url}/invocations", "--header", "Expect: 100-continue", body=large)
    assert answer.startswith(f"{version} 100") or protocol != "--http1.1", answer[:200]
    assert answer.endswith(f"\n\n{expected}")
    if protocol == "--http1.1":
        assert curl(protocol, f"{url}/invocations", "--header", "Transfer-Encoding: chunked", body=large).endswith(f"\n\n{expected}")


@CURL
@pytest.mark.parametrize("expect", ["Expect: 100-continue", "Expect:"])
def test_curl_reads_a_refusal(small_url, protocol, version, expect):
    answer = curl(protocol, f"{small_url}/invocations", "--header", expect, body="0" * TOO_LARGE)
    assert f"{version} 413" in answer, answer
    assert "HTTP/1.1 100" not in answer
    assert "SAGEMAKER_MAX_PAYLOAD_IN_MB" in answer
