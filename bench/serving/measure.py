"""Starts the servers and measures them in turn. Usage: measure.py DIRECTORY ROUNDS SECONDS, by bench/serving.sh"""

import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
LARGE_ROWS = 50_000
COMMANDS = {
    "limit": lambda port, _: [TOP / "target/release/in-process", port],
    "stack": lambda *_: [TOP / "serve"],
    "classic": lambda port, directory: [TOP / "bench/serving/classic/start.sh", "app", port, directory],
    "fast": lambda port, directory: [TOP / "bench/serving/classic/start.sh", "fast", port, directory],
    "python": lambda *_: [TOP / "serve"],
}


class Server:
    """A server that runs, with all its processes in a session of their own."""

    running = []

    def __init__(self, name, work, **environment):
        self.name = name
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        directory = work / f"{name}-{self.port}"
        directory.mkdir()
        settings = {"SAGEMAKER_BIND_TO_PORT": str(self.port), "MODEL_SERVER_WORKERS": "2", **environment}
        if name == "python":
            worker = f"{os.environ['VENV']}/bin/python {work}/python/worker.py"
            settings |= {"SAGEMAKER_BASE_DIR": str(work / "python"), "MODEL_SERVER_WORKER_COMMAND": worker}
        start = time.monotonic()
        self.process = subprocess.Popen(
            [str(part) for part in COMMANDS[name](self.port, directory)],
            env={**os.environ, **settings},
            stdout=(directory / "log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        Server.running.append(self)
        while not self.answers():
            if time.monotonic() > start + 60:
                sys.exit(f"bench: {name} does not answer; the log:\n{(directory / 'log').read_text()}")
            time.sleep(0.002)
        self.start_seconds = time.monotonic() - start

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def invoke(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/invocations", body, {"Content-Type": "text/csv"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"bench: {self.name} answers {response.status}: {answer[:200]!r}")
        return answer

    def wrk(self, connections, seconds):
        """Requests per second, p50 and p99 in microseconds, failed requests."""
        command = ["wrk", "-t", str(min(connections, 2)), "-c", str(connections), "-d", f"{seconds}s", "--latency"]
        command += ["--timeout", "10s", "-s", TOP / "bench/serving/invoke.lua"]
        command += [f"http://127.0.0.1:{self.port}/invocations"]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [float(figure) for figure in re.search("FIGURES (.*)", out)[1].split()]

    def memory(self):
        """Sum of the proportional set sizes of the session's processes, in MiB."""
        total = 0
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, AttributeError):
                if os.getsid(int(entry.name)) == self.process.pid:
                    rollup = (entry / "smaps_rollup").read_text()
                    total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1])
        return total / 1024

    def stop(self):
        Server.running.remove(self)
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def in_turn(servers, rounds, measure):
    """The medians of each figure of each server; the first round warms up."""
    figures = {server.name: [] for server in servers}
    for round_ in range(rounds + 1):
        for server in servers:
            taken = measure(server)
            if round_:
                figures[server.name].append(taken)
    return {name: [statistics.median(column) for column in zip(*taken)] for name, taken in figures.items()}


def requests(servers, rounds, seconds, payload, ours="stack", others=("limit", "classic")):
    rows = []
    for connections in (1, 32, 256):
        figures = in_turn(servers, rounds, lambda server: server.wrk(connections, seconds))
        for name, (rate, p50, p99, failed) in figures.items():
            rows.append([str(connections), name, f"{rate:,.0f}", f"{p50:,.0f}", f"{p99:,.0f}", f"{failed:.0f}", ""])
        for other in others:
            ratio = [f"{figures[ours][column] / figures[other][column]:.2f} x {other}" for column in range(3)]
            rows.append([str(connections), "ratio", *ratio, "", ""])
    table(["connections", "server", "requests/s", "p50, us", "p99, us", "failed", ""], rows)


def large(servers, rounds, seconds, payload, ours="stack", others=("limit", "classic")):
    def seconds(server):
        start = time.monotonic()
        server.invoke(payload)
        return [time.monotonic() - start]

    figures = in_turn(servers, rounds, seconds)
    rows = [[name, f"{taken * 1e3:.0f} ms"] for name, (taken,) in figures.items()]
    for other in others:
        rows.append([f"speed, x {other}", f"{figures[other][0] / figures[ours][0]:.2f}"])
    table([f"{LARGE_ROWS:,} rows, {len(payload) / 1e6:.1f} MB, one request", "median"], rows)


def python(work, rounds, seconds, payload):
    """One predictor.py: behind the gateway, and behind nginx and gunicorn. The stack's own worker is beside them."""
    servers = [Server(name, work) for name in ("classic", "fast", "python", "stack")]
    answers = [server.invoke(payload) for server in servers]
    if len(set(answers[:3])) != 1:
        sys.exit("bench: one predictor gives different answers")
    requests(servers, rounds, seconds, payload, "python", ("classic", "fast", "stack"))
    large(servers, rounds, seconds, payload, "python", ("classic", "fast", "stack"))
    mixed(servers, rounds, seconds, payload)
    for server in servers:
        server.stop()


def mixed(servers, rounds, seconds, payload):
    def beside(server):
        stop = threading.Event()

        def send():
            while not stop.is_set():
                server.invoke(payload)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            return server.wrk(1, seconds)
        finally:
            stop.set()
            sender.join()

    figures = in_turn(servers, rounds, beside)
    rows = [[name, f"{p50 / 1e3:.2f} ms", f"{p99 / 1e3:.2f} ms"] for name, (_, p50, p99, _) in figures.items()]
    table([f"1 row at a time, beside {LARGE_ROWS:,}-row payloads without a pause", "p50", "p99"], rows)


def start(work, rounds, seconds, payload):
    rows = []
    for name in ("stack", "classic", "python"):
        taken, memory = [], []
        for _ in range(rounds):
            server = Server(name, work)
            taken.append(server.start_seconds)
            time.sleep(1)  # idle
            memory.append(server.memory())
            server.stop()
        rows.append([name, f"{statistics.median(taken):.2f} s", f"{statistics.median(memory):.0f} MiB"])
    table(["server", "from start to 200 on /ping", "memory, idle, all processes (PSS)"], rows)


def workers(work, rounds, seconds, payload):
    servers = [Server("stack", work, MODEL_SERVER_WORKERS=str(count)) for count in (2, 16)]
    for server, name in zip(servers, ("2 workers", "16 workers")):
        server.name = name
    figures = in_turn(servers, rounds, lambda server: server.wrk(512, seconds))
    rows = [[name, f"{rate:,.0f}", f"{p99:,.0f}", f"{failed:.0f}"] for name, (rate, _, p99, failed) in figures.items()]
    rows.append(["ratio", f"{figures['16 workers'][0] / figures['2 workers'][0]:.2f}", "", ""])
    table(["512 connections", "requests/s", "p99, us", "failed"], rows)
    for server in servers:
        server.stop()


def main():
    work, rounds, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rows = (TOP / "local-test/payload.csv").read_text().splitlines()
    payload = "".join(rows[i % len(rows)] + "\n" for i in range(LARGE_ROWS)).encode()
    measured = os.environ.get("PARTS", "requests large mixed start workers python").split()
    parts = {"requests": requests, "large": large, "mixed": mixed, "start": start, "workers": workers, "python": python}
    shared = [part for part in ("requests", "large", "mixed") if part in measured]
    alone = [part for part in ("start", "workers", "python") if part in measured]
    try:
        if shared:
            servers = [Server(name, work) for name in ("limit", "stack", "classic")]
            limit, stack, _ = (server.invoke(payload) for server in servers)
            if limit != stack:
                sys.exit("bench: limit and stack answer differently")
            for part in shared:
                parts[part](servers=servers, rounds=rounds, seconds=seconds, payload=payload)
            for server in servers:
                server.stop()
        for part in alone:
            parts[part](work=work, rounds=rounds, seconds=seconds, payload=payload)
    finally:
        for server in list(Server.running):
            server.stop()


main()
