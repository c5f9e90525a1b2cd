"""A rule: a function of (tree, file) that yields (line, fault), with a name and a remedy."""

RULES = {}


class Rule:
    def __init__(self, check, remedy):
        self.name = check.__name__
        self.remedy = remedy
        self._check = check

    def faults(self, tree, exceptions=()):
        """'path:line: rule: fault' for every file that is not excepted."""
        for file in tree.files:
            if file.path not in exceptions:
                for line, fault in self._check(tree, file):
                    yield f'{file.path}:{line}: {self.name}: {fault}. {self.remedy}'


def rule(remedy):
    def register(check):
        assert check.__name__ not in RULES, f'two rules are called {check.__name__}'
        RULES[check.__name__] = Rule(check, remedy)
        return check
    return register
