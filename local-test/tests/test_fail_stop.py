"""When the supervision gives up, when it must not, and what it says."""

import pathlib
import tempfile
import time
import unittest
from unittest import mock

import fail_stop
from supervisor import events
from supervisor.states import SupervisorStates
from supervisor_fakes import Supervisord


class FailStopTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.addCleanup(events.clear)
        # Timers would release a restart in the middle of a test.
        timer = mock.patch.object(fail_stop.threading, "Timer")
        self.timer = timer.start()
        self.addCleanup(timer.stop)
        self.run_dir = pathlib.Path(directory.name)
        self.wake = mock.Mock()
        self.supervisord = Supervisord(workers=2)
        self.fail_stop = fail_stop.FailStop(self.supervisord, directory.name, self.wake)
        self.gateway = self.supervisord.process("gateway")
        self.workers = [self.supervisord.process(f"model-worker_{n}") for n in (0, 1)]
        for process in (self.gateway, *self.workers):
            process.start(at=time.time() - 60)
        for index in (0, 1):
            self.bind(index)

    def bind(self, index):
        (self.run_dir / f"worker-{index}.sock").touch()

    def restart(self, index, age=0.0):
        self.workers[index].start(at=time.time() - age)

    def assert_serves(self):
        self.assertIsNone(self.fail_stop.verdict)
        self.assertEqual(self.supervisord.options.mood, SupervisorStates.RUNNING)

    def assert_ends(self, status, reason):
        self.assertEqual(self.fail_stop.verdict, (status, reason))
        self.assertEqual(self.supervisord.options.mood, SupervisorStates.SHUTDOWN)

    def test_a_model_that_does_not_load_ends_it_once_no_worker_is_left(self):
        self.workers[0].says(b"reading\nmodel.onnx: not a model\n\n")
        self.workers[0].exit(78)
        self.assert_serves()
        self.workers[1].says(b"model.onnx: not")
        self.workers[1].says(b" a model\n")
        self.workers[1].exit(78)
        self.assert_ends(
            78,
            "serve: model-worker_1 exited with status 78, which a restart can't help: "
            "model.onnx: not a model",
        )
        # Whoever still runs has nobody left to wait for.
        self.assertEqual(self.gateway.config.stopwaitsecs, fail_stop.STOP_SECONDS)

    def test_the_gateway_ends_it_alone(self):
        self.gateway.exit(78)
        self.assert_ends(
            78, "serve: gateway exited with status 78, which a restart can't help"
        )

    def test_a_program_that_can_not_be_started_ends_it(self):
        self.gateway.give_up("no such file")
        self.assert_ends(1, "serve: gateway could not be started: no such file")

    def test_killing_workers_that_work_is_no_crash_loop(self):
        for _ in range(100):
            for index in (0, 1):
                self.workers[index].exit(-1)
                self.restart(index)
                self.bind(index)
        self.assert_serves()
        self.assertEqual(self.wake.call_count, 200)
        self.timer.assert_not_called()

    def test_a_stale_socket_does_not_count_as_up(self):
        self.assertTrue((self.run_dir / "worker-0.sock").exists())
        self.restart(0)
        self.assertFalse((self.run_dir / "worker-0.sock").exists())

    def test_workers_that_never_come_up_end_it(self):
        for _ in range(fail_stop.FAILED_STARTS):
            self.assert_serves()
            for index in (0, 1):
                # However long the model takes to load.
                self.restart(index, age=600)
                self.workers[index].says(b"no room\nnote: run with a backtrace\n")
                self.workers[index].exit(1)
        self.assert_ends(
            1,
            "serve: model-worker_1 ended 5 times in a row before it was up: no room",
        )

    def test_workers_that_are_killed_while_they_load_have_more_patience(self):
        for _ in range(20):
            self.assert_serves()
            for index in (0, 1):
                self.restart(index, age=600)
                self.workers[index].exit(-1)
        self.assert_ends(1, "serve: model-worker_1 ended 20 times in a row before it was up")
        waits = [call.args[0] for call in self.timer.call_args_list]
        self.assertEqual(set(waits[:14]), {0})
        self.assertEqual(max(waits), 2)

    def test_one_worker_that_never_comes_up_is_held_back_while_the_other_serves(self):
        for _ in range(20):
            self.restart(0)
            self.workers[0].exit(1)
        self.assert_serves()
        waits = [call.args[0] for call in self.timer.call_args_list]
        self.assertEqual(waits[:7], [0, 0.25, 0.5, 1, 2, 4, 8])
        self.assertEqual(set(waits[7:]), {fail_stop.LONGEST_WAIT_SECONDS})

    def test_a_restart_that_is_held_back_is_allowed_when_its_time_has_come(self):
        self.restart(0)
        self.workers[0].exit(1)
        self.assertFalse(self.workers[0].config.autorestart)
        let_go = self.timer.call_args.args[1]
        let_go()
        self.assertEqual(self.workers[0].config.autorestart, "unexpected")
        self.wake.assert_called_once_with()

    def test_a_worker_that_ends_by_itself_right_after_it_bound_was_not_up(self):
        # The TCP port is taken, say: it is bound after the socket.
        for _ in range(fail_stop.FAILED_STARTS):
            for index in (0, 1):
                self.restart(index)
                self.bind(index)
                self.workers[index].exit(1)
        self.assertEqual(self.fail_stop.verdict.status, 1)

    def test_a_worker_that_came_up_after_failures_counts_as_alive(self):
        for _ in range(fail_stop.FAILED_STARTS):
            self.restart(0)
            self.workers[0].exit(1)
        self.restart(0, age=60)
        self.bind(0)
        for _ in range(fail_stop.FAILED_STARTS):
            self.restart(1)
            self.workers[1].exit(1)
        self.assert_serves()

    def test_a_gateway_that_lives_for_a_while_each_time_is_restarted(self):
        for _ in range(100):
            self.gateway.start(at=time.time() - 2)
            self.gateway.exit(-1)
        self.assert_serves()

    def test_ends_during_a_shutdown_are_not_judged(self):
        self.supervisord.options.mood = SupervisorStates.SHUTDOWN
        self.gateway.exit(78)
        self.assertIsNone(self.fail_stop.verdict)


if __name__ == "__main__":
    unittest.main()
