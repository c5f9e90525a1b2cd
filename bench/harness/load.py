"""Driving weir-load: a backend for the whole bench, and clients that wait for the word."""

import json
import select
import subprocess
import sys

from harness import BenchError, processes

ANSWER_SECONDS = 60
EXIT_FAULT = 3  # of weir-load: what is measured, and not the measuring, has failed


class Fault(BenchError):
    """A connection was refused, closed or stalled, or bytes were wrong."""


class Tool:
    """One running weir-load. Use it as a context: at the end its input closes, and it ends."""

    def __init__(self, binary, core, words):
        self.words = words
        self.process = processes.start(
            [str(binary), *words],
            core,
            sys.stderr,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(processes.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            processes.stop(self.process)
        self.process.stdout.close()

    def answer(self, seconds=ANSWER_SECONDS):
        """The next line of JSON."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise BenchError(f"weir-load {' '.join(self.words)}: no answer in {seconds} s")
        line = self.process.stdout.readline()
        if not line:
            is_fault = self.process.wait(processes.STOP_SECONDS) == EXIT_FAULT
            words = " ".join(self.words)
            raise (Fault if is_fault else BenchError)(f"weir-load {words}: ended without an answer")
        return json.loads(line)

    def begin(self):
        """Opens one window and does not wait for its result."""
        try:
            self.process.stdin.write(b"go\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise BenchError(f"weir-load {' '.join(self.words)}: ended early") from None

    def has_answered(self):
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def window(self, seconds):
        """Opens one window and returns its result; any error in it is one of the bench."""
        self.begin()
        return self.result(seconds)

    def result(self, seconds=0):
        """Of the window that is open, for so many seconds still."""
        result = self.answer(seconds + ANSWER_SECONDS)
        if result["errors"]:
            raise Fault(f"weir-load {' '.join(self.words)}: errors: {json.dumps(result)}")
        return result


def backend(binary, core, kind):
    return Tool(binary, core, [kind, "--listen", "127.0.0.1:0", "--until-input-ends"])


def client(binary, core, mode, address, words):
    return Tool(binary, core, [mode, "--connect", address, *words])
