"""Rules about what C++ code, and the tests' Python, may say."""

import re

import cpp_text
from rule import rule

DATA_PATH_FOLDERS = ('proxy', 'balancer', 'metrics')


def _matches(pattern, file):
    for match in re.finditer(pattern, file.code):
        yield cpp_text.line_of(file.code, match.start()), ' '.join(match[0].split())


@rule('Name the result first: `const bool ok = co_await f();` (g++ 12 miscompiles the other)')
def co_await_in_condition(tree, file):
    if not file.is_cpp:
        return
    for match in re.finditer(r'\b(?:if|while|switch|for)\b(?:\s*constexpr)?\s*\(', file.code):
        opening = match.end() - 1
        if 'co_await' in file.code[opening:cpp_text.closing_parenthesis(file.code, opening)]:
            yield cpp_text.line_of(file.code, match.start()), 'co_await in a condition'


@rule('One co_await per statement, its result named, nothing else beside it')
def co_await_alone(tree, file):
    if not file.is_cpp or 'co_await' not in file.code:
        return
    start = 0
    for end in re.finditer(r'[;{}]', file.code):
        statement = file.code[start:end.start()]
        first = statement.find('co_await')
        line = cpp_text.line_of(file.code, start + max(first, 0))
        start = end.end()
        if first < 0:
            continue
        if statement.count('co_await') > 1:
            yield line, 'two co_await in one statement'
        if '?' in statement:
            yield line, 'co_await in a ternary'
        if re.search(r'\|\||\s&&\s', statement):
            yield line, 'co_await beside || or &&'
        if re.search(r'\bauto\s*&{0,2}\s*\[', statement):
            yield line, 'co_await in a structured binding, whose hidden object g++ 15 leaks'
        if end[0] == '{' and statement.count('(', first) > statement.count(')', first):
            yield line, 'co_await beside a lambda or a braced temporary'


@rule('Detached coroutines swallow exceptions: give co_spawn a handler')
def detached(tree, file):
    if file.is_cpp:
        for line, found in _matches(r'\bdetached\b', file):
            yield line, found


@rule('WEIR_CHECK stays in release builds')
def plain_assert(tree, file):
    if file.is_cpp:
        for line, found in _matches(r'\bassert\s*\(', file):
            yield line, found


@rule('Name what you use; in headers import nothing but literals')
def using_namespace(tree, file):
    if not file.is_cpp:
        return
    for line, found in _matches(r'\busing\s+namespace\s+[\w:]+', file):
        name = found.split()[-1]
        if name == 'std' or file.is_header and not name.endswith('literals'):
            yield line, found


@rule('One owner: values, std::unique_ptr, std::make_unique')
def raw_new_or_delete(tree, file):
    if file.is_cpp and file.suffix != '.c':
        for line, found in _matches(r'(?<!operator )\bnew\b|(?<!operator )(?<!= )\bdelete\b', file):
            yield line, f'raw {found}'


_LOCKS = (r'\bstd::(?:\w*mutex|lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable\w*'
          r'|call_once|once_flag|counting_semaphore|binary_semaphore|latch|barrier|future|promise'
          r'|async)\b')
_READ_MODIFY_WRITE = (r'\bfetch_(?:add|sub|and|or|xor)\b|\bcompare_exchange_\w+'
                      r'|(?:\.|->)exchange\s*\(|\btest_and_set\b')


@rule('Reactors share nothing on the data path: single-writer relaxed atomics, or a post')
def lock_on_data_path(tree, file):
    if file.is_product and file.folder in DATA_PATH_FOLDERS:
        for line, found in _matches(f'{_LOCKS}|{_READ_MODIFY_WRITE}', file):
            yield line, f'{found} in {file.folder}'


_SLEEP = r'\bsleep_for\b|\bsleep_until\b|\b(?:u|nano)?sleep\s*\(|\bclock_nanosleep\s*\('


@rule('A reactor never waits for anything but its events')
def sleep_on_data_path(tree, file):
    if file.is_product and file.folder in DATA_PATH_FOLDERS:
        for line, found in _matches(_SLEEP, file):
            yield line, found


@rule('Wait for the condition with a deadline, or move the manual clock')
def sleep_in_test(tree, file):
    if file.folder != 'tests':
        return
    if file.is_cpp:
        yield from _matches(_SLEEP, file)
    pattern = r'\bsleep\(' if file.is_python else r'(?:^|[;&|]|\bdo|\bthen)\s*sleep\s'
    if file.is_python or file.is_shell:
        for number, line in enumerate(file.lines, 1):
            if re.search(pattern, line.split('#')[0]):
                yield number, line.strip()
