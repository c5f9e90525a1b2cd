#!/usr/bin/env python3
"""The house rules of CONTRIBUTING.md as a test: house_rules.py TOP prints every fault, exits 1."""

import sys

import code_rules  # noqa: F401  (importing a module registers its rules)
import include_rules  # noqa: F401
import text_rules  # noqa: F401
from exceptions import EXCEPTIONS
from rule import RULES
from tree import SKIPPED_FILES, SKIPPED_FOLDERS, Tree


def stale_exceptions(tree, exceptions):
    """An exception for an unknown rule, a file that has gone, or one that keeps the rule now."""
    for name, files in exceptions.items():
        if name not in RULES:
            yield f'tests/tidy/exceptions.py: there is no rule {name}'
            continue
        faulty = {fault.split(':')[0] for fault in RULES[name].faults(tree)}
        for path in files:
            if path not in faulty:
                yield f'tests/tidy/exceptions.py: {name} needs no exception for {path} any more'


def check(tree, exceptions):
    faults = list(stale_exceptions(tree, exceptions))
    for name, each in RULES.items():
        faults += each.faults(tree, exceptions.get(name, {}))
    return faults


def main(top):
    tree = Tree.read(top)
    faults = check(tree, EXCEPTIONS)
    for fault in faults:
        print(fault)
    print(f'{len(tree.files)} files, {len(RULES)} rules, {len(faults)} faults')
    skipped = (*SKIPPED_FOLDERS, *SKIPPED_FILES)
    print(f'skipped: {", ".join(skipped)}, dot folders but .ci, files that are not text')
    for name, files in EXCEPTIONS.items():
        for path, reason in files.items():
            print(f'excepted from {name}: {path}: {reason}')
    if not any(file.is_product for file in tree.files):
        print(f'{top} holds no product code: nothing was checked')
        return 1
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
