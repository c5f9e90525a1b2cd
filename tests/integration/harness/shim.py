"""The library that makes calls fail (shim/fail.c), seen from a test."""
import mmap
import os
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "shim" / "fail.c"
CONTROL_BYTES = 4096
_ARMED = struct.Struct("=Q")
_RECORD = struct.Struct("=24sQQ")


class Shim:
    """Rules are given with the environment; they count from arm() on."""

    def __init__(self, library, control_path, sanitizer=""):
        self._library = str(library)
        self._path = str(control_path)
        self._sanitizer = sanitizer
        with open(self._path, "wb") as file:
            file.write(bytes(CONTROL_BYTES))
        with open(self._path, "r+b") as file:
            self._control = mmap.mmap(file.fileno(), CONTROL_BYTES)

    @staticmethod
    def build(directory):
        library = Path(directory) / "libfail.so"
        warnings = ["-Wall", "-Wextra", "-Werror"]
        command = ["cc", "-std=gnu11", "-O2", *warnings, "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*command, str(SOURCE), "-ldl"], check=True)
        return library

    def environment(self, rules=""):
        """For the program: "accept4:ECONNABORTED:3,connect:ENOBUFS:@2"."""
        environment = {
            "LD_PRELOAD": self._library,
            "WEIR_SHIM": rules,
            "WEIR_SHIM_CONTROL": self._path,
        }
        if self._sanitizer == "address":  # its runtime wants to be first, and need not be
            given = os.environ.get("ASAN_OPTIONS", "")
            environment["ASAN_OPTIONS"] = f"{given}:verify_asan_link_order=0".lstrip(":")
        return environment

    def arm(self):
        _ARMED.pack_into(self._control, 0, 1)

    def disarm(self):
        _ARMED.pack_into(self._control, 0, 0)

    def forget(self):
        """Back to zero, for the next program."""
        self._control[:] = bytes(CONTROL_BYTES)

    def calls(self):
        """{function: (calls seen, calls failed)} since arm()."""
        found, at = {}, _ARMED.size
        while at + _RECORD.size <= CONTROL_BYTES:
            name, calls, failed = _RECORD.unpack_from(self._control, at)
            if not name.rstrip(b"\0"):
                break
            found[name.rstrip(b"\0").decode()] = (calls, failed)
            at += _RECORD.size
        return found

    def failed(self, function):
        return self.calls()[function][1]
