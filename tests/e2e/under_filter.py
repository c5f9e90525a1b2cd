"""under_filter.py CALLS COMMAND...: runs the command so that any system call but those (between
commas) kills it. Of names that this machine's libseccomp does not know, none can be called."""
import os
import sys

import seccomp

allowed = seccomp.SyscallFilter(defaction=seccomp.KILL_PROCESS)
for name in sys.argv[1].split(","):
    try:
        allowed.add_rule(seccomp.ALLOW, name)
    except (RuntimeError, OSError):
        pass
allowed.load()
os.execv(sys.argv[2], sys.argv[2:])
