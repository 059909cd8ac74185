import threading
import unittest

from deepaas_worker import reading


class StandBy(unittest.TestCase):
    """The reader's thread has left the pipe to the main thread, which is this one."""

    def setUp(self):
        self.addCleanup(setattr, reading, "IDLE_TIMES", reading.IDLE_TIMES)
        reading.IDLE_TIMES = 2
        self.reading = reading.Reading()
        self.reads = threading.Event()
        self.assertFalse(self.reading.main_may_read())
        self.reading.leave_to_main()
        self.assertTrue(self.reading.main_may_read())
        threading.Thread(target=self.stand_by, daemon=True).start()

    def stand_by(self):
        self.reading.stand_by()
        self.reads.set()

    def sleeps(self):
        while not self.reading._sleeps:
            self.reads.wait(0.001)

    def test_a_call_that_takes_long(self):
        self.reading.main_runs(training=False)
        self.assertTrue(self.reads.wait(10))
        self.assertFalse(self.reading.main_may_read())

    def test_a_call_that_takes_long_after_a_time_without_calls(self):
        self.sleeps()
        self.assertFalse(self.reads.is_set())
        self.reading.main_runs(training=False)
        self.assertTrue(self.reads.wait(10))

    def test_a_training_hands_over_at_once(self):
        self.sleeps()
        self.addCleanup(setattr, reading, "TAKE_OVER_SECONDS", reading.TAKE_OVER_SECONDS)
        reading.TAKE_OVER_SECONDS = 60
        self.reading.main_runs(training=True)
        self.assertFalse(self.reading.main_may_read())
        self.assertTrue(self.reads.wait(10))


if __name__ == "__main__":
    unittest.main()
