#!/usr/bin/env python3
"""check_format.py TOP: clang-format 14 has nothing to change in any C++ file.

Also shows first that it refuses a bad sample. Without clang-format 14 it fails in CI and on Debian
12; elsewhere, where the release may not have it, it ends with 77, which ctest reports as skipped.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from tree import Tree

SKIPPED = 77
BAD_SAMPLE = 'int  f( ){return 1 ;}\n'
FORMATTED_SAMPLE = 'int f() { return 1; }\n'


def formatter():
    """The program of version 14: other versions format a little differently."""
    for name in ('clang-format-14', 'clang-format'):
        path = shutil.which(name)
        if path:
            answer = subprocess.run([path, '--version'], capture_output=True, text=True).stdout
            if 'version 14.' in answer:
                return path
    return None


def must_be_there():
    release = pathlib.Path('/etc/os-release')
    return bool(os.environ.get('CI')) or release.exists() and 'bookworm' in release.read_text()


def refuses(program, top, text):
    command = [program, f'--style=file:{top}/.clang-format', '--dry-run', '--Werror',
               '--assume-filename=sample.cpp']
    return subprocess.run(command, input=text, capture_output=True, text=True).returncode != 0


def main(top):
    program = formatter()
    if program is None:
        print('no clang-format 14: tools/install-dependencies --tidy installs it')
        return 1 if must_be_there() else SKIPPED
    if not refuses(program, top, BAD_SAMPLE) or refuses(program, top, FORMATTED_SAMPLE):
        print(f'{program} cannot tell a good sample from a bad one: the check proves nothing')
        return 1
    files = [file.path for file in Tree.read(top).files if file.is_cpp]
    command = [program, '--style=file', '--dry-run', '--Werror', '--ferror-limit=1', *files]
    outcome = subprocess.run(command, cwd=top)
    print(f'{len(files)} files')
    if outcome.returncode != 0:
        print("to format: git ls-files '*.h' '*.cpp' '*.c' | xargs clang-format-14 -i")
    return 1 if outcome.returncode != 0 or not files else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
