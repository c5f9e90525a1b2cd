#!/usr/bin/env python3
"""The arithmetic of bench/: what it says was measured is what was measured."""
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from harness import BenchError, accounts, entrants, load, ratios, turns, verdicts  # noqa: E402


class Ratios(unittest.TestCase):
    def test_the_interval_of_30_rounds_is_the_12th_and_the_19th_value(self):
        found = ratios.estimate([float(value) for value in range(30, 0, -1)])
        self.assertEqual((found.low, found.median, found.high), (12.0, 15.5, 19.0))
        self.assertAlmostEqual(found.coverage, 0.80, delta=0.005)

    def test_a_few_values_have_an_interval_too(self):
        self.assertEqual(ratios.estimate([3.0]).median, 3.0)
        found = ratios.estimate([2.0, 1.0, 3.0])
        self.assertEqual((found.low, found.high), (1.0, 3.0))

    def test_ratios_are_taken_round_by_round(self):
        self.assertEqual(ratios.round_ratios([1.0, 9.0], [2.0, 3.0]), [0.5, 3.0])
        with self.assertRaises(ValueError):
            ratios.round_ratios([1.0], [1.0, 2.0])


class Verdicts(unittest.TestCase):
    def judge(self, bound, values):
        rounds = {
            "weir": [{"cpu": value} for value in values],
            "slow": [{"cpu": 2.0} for _ in values],
            "quick": [{"cpu": 1.0} for _ in values],
        }
        bounds = verdicts.parse([bound], "cpu", ["cpu"])
        summary = turns.summarise(rounds)
        return verdicts.judge_ratios(bounds, "better", summary, turns.compare(rounds, "weir"))

    def test_a_bound_is_missed_when_the_whole_interval_lies_above(self):
        self.assertTrue(self.judge("0.97", [0.9, 0.96, 0.98, 1.2, 0.95])[0]["held"])
        self.assertFalse(self.judge("0.97", [1.1, 0.98, 0.99, 1.2, 1.05])[0]["held"])

    def test_the_better_peer_is_the_one_that_uses_less(self):
        self.assertIn("quick", self.judge("1", [1.0] * 5)[0]["bound"])

    def test_no_proxy_at_all_is_no_peer_to_be_better_than(self):
        rounds = {
            "weir": [{"cpu": 0.9, "p99": 9.0}],
            "nginx": [{"cpu": 1.0, "p99": 10.0}],
            "direct": [{"cpu": 0.0, "p99": 1.0}],
        }
        summary, compared = turns.summarise(rounds), turns.compare(rounds, "weir")
        for metric in ("cpu", "p99"):
            self.assertEqual(verdicts.better_peer(summary, compared, metric), "nginx")

    def test_memory_is_judged_by_the_median(self):
        measured = {"weir": [{"anonymous": value} for value in (620, 650, 660)]}
        bounds = [("anonymous", 640)]
        self.assertFalse(verdicts.judge_idle(bounds, "weir", measured)[0]["held"])

    def test_a_bound_that_makes_no_sense_is_refused(self):
        for text in ("fast", "nonsense=1"):
            with self.assertRaises(BenchError):
                verdicts.parse([text], "cpu", ["cpu"])


class Accounts(unittest.TestCase):
    def reading(self, threads, ticks_ns=0, **other):
        return accounts.Usage(thread_ns=threads, processes=1, ticks_ns=ticks_ns, **other)

    def test_the_exact_time_is_taken_while_every_thread_lives(self):
        spent = accounts.spent(self.reading({"1": 100, "2": 50}), self.reading({"1": 300, "2": 60}))
        self.assertEqual((spent.cpu_ns, spent.exact), (210, True))

    def test_ticks_are_taken_when_a_thread_has_ended(self):
        ticks = 1_000_000_000
        spent = accounts.spent(self.reading({"1": 100, "2": 50}), self.reading({"1": 300}, ticks))
        self.assertEqual((spent.cpu_ns, spent.exact), (ticks, False))

    def test_a_proxy_that_never_rests_is_no_baseline(self):
        clock = mock.Mock(side_effect=[0.0] + [number * 1.0 for number in range(1, 50)])
        used = iter(range(50))

        def usage(_pid):
            number = next(used)
            return self.reading({"1": number * 900_000_000}, number * 900_000_000, wall=number)

        with mock.patch.object(accounts, "usage", usage), mock.patch.object(
            accounts.time, "monotonic", clock
        ), mock.patch.object(accounts.time, "sleep"):
            with self.assertRaises(BenchError):
                accounts.quiet_usage(1)


class Restless(unittest.TestCase):
    def work(self, number, outcomes):
        self.compared = [mock.Mock(), mock.Mock()]
        for one, name in zip(self.compared, ("weir", "other")):
            one.name = name
        work = turns.Turns(mock.Mock(), self.compared, mock.Mock(subject="weir", missing={}))
        work.rounds["other"].append({"cpu": 1.0})
        with mock.patch.object(work, "measure", side_effect=outcomes):
            self.goes_on = work.add_round(self.compared[number], [], lambda text: None)
        return work

    def test_a_peer_that_does_not_rest_is_stopped_left_out_and_told_of(self):
        work = self.work(1, [accounts.Restless("busy")] * 2)
        self.assertFalse(self.goes_on)
        self.assertEqual(list(work.rounds), ["weir"])
        self.assertEqual(work.left_out, {"other": [{"cpu": 1.0}]})
        self.assertEqual(work.arguments.missing, {"other": "busy"})
        self.compared[1].stop.assert_called_once()

    def test_a_peer_that_loses_bytes_is_left_out_at_once(self):
        work = self.work(1, [load.Fault("mismatched")])
        self.assertEqual(work.arguments.missing, {"other": "mismatched"})

    def test_a_busy_moment_is_measured_again(self):
        work = self.work(1, [accounts.Restless("busy"), {"cpu": 2.0}])
        self.assertTrue(self.goes_on)
        self.assertEqual(work.rounds["other"], [{"cpu": 1.0}, {"cpu": 2.0}])

    def test_without_the_subject_there_is_nothing_to_compare(self):
        with self.assertRaises(BenchError):
            self.work(0, [accounts.Restless("busy")] * 2)


class Order(unittest.TestCase):
    def test_everybody_has_every_place_equally_often_and_follows_others(self):
        for count in range(2, 7):
            names = list(range(count))
            rounds = [turns.order_of(number, names) for number in range(2 * count)]
            for name in names:
                places = sorted(order.index(name) for order in rounds)
                self.assertEqual(places, sorted(2 * names), f"{name} of {count}")
            self.assertEqual(rounds[count], rounds[0][::-1])


class LoadTool(unittest.TestCase):
    def ended(self, status):
        with load.Tool("/bin/sh", "0", ["-c", f"exit {status}"]) as tool:
            tool.answer()

    def test_a_proxy_that_fails_before_the_window_is_at_fault_and_not_the_tool(self):
        with self.assertRaises(load.Fault):
            self.ended(load.EXIT_FAULT)
        with self.assertRaises(BenchError) as caught:
            self.ended(1)
        self.assertNotIsInstance(caught.exception, load.Fault)


class Memory(unittest.TestCase):
    def test_what_lies_in_pipes_is_counted_once(self):
        """Of a process with this pipe, twice, and no other: those that we were given are in use."""
        reading, writing = os.pipe()
        holder = subprocess.Popen(
            ["sleep", "60"], stdin=reading, stdout=writing, stderr=subprocess.DEVNULL)
        try:
            os.write(writing, b"x" * 1000)
            self.assertEqual(accounts.piped_bytes(holder.pid), 1000)
        finally:
            holder.kill()
            holder.wait()
            os.close(reading)
            os.close(writing)


class Entrants(unittest.TestCase):
    def test_names_are_known_or_refused(self):
        self.assertEqual(entrants.parse("--only", "nginx,weir"), ["nginx", "weir"])
        self.assertIn("twisted", entrants.parse("--only", "all"))
        self.assertNotIn("least", entrants.parse("--only", "all"))
        self.assertEqual(entrants.parse("--only", "least"), ["least"])
        with self.assertRaises(BenchError):
            entrants.parse("--only", "weir,ngnix")

    def test_every_name_has_a_maker(self):
        self.assertEqual(set(entrants.makers(mock.Mock())), set(entrants.KNOWN))


if __name__ == "__main__":
    unittest.main()
