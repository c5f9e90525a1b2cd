"""Rules about files: sizes, names, leftovers, links, scripts that parse."""

import os.path
import re
import subprocess

import cpp_text
from rule import rule

MAX_COLUMNS = 100
MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 70
BANNED_NAMES = ('util', 'utils', 'helper', 'helpers', 'common', 'manager', 'misc')


@rule(f'At most {MAX_COLUMNS} columns')
def line_length(tree, file):
    if not (file.is_cpp or file.is_python or file.is_shell or file.is_cmake):
        return
    for number, line in enumerate(file.lines, 1):
        only_a_link = re.fullmatch(r'\s*(?://+|#)\s*\S*https?://\S+', line)
        if len(line) > MAX_COLUMNS and not only_a_link:
            yield number, f'{len(line)} columns'


@rule(f'Aim at 100 lines, argue at 300, stop at {MAX_FILE_LINES}; tests and bench may be longer')
def file_length(tree, file):
    length = len(file.lines) - 1
    if file.is_product and length > MAX_FILE_LINES:
        yield length, f'{length} lines'


@rule(f'Aim at 25 lines, stop at {MAX_FUNCTION_LINES}; tests may be longer')
def function_length(tree, file):
    if not file.is_cpp or file.folder == 'tests':
        return
    for name, first, last in cpp_text.functions(file.text):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield first, f'{name} has {last - first + 1} lines'


@rule('Name it after what it holds')
def banned_name(tree, file):
    for part in file.path.split('/'):
        for word in re.split(r'[^a-z]+', os.path.splitext(part)[0].lower()):
            if word in BANNED_NAMES:
                yield 1, f'"{word}" in a name'


@rule('Do it, or open an issue')
def leftover(tree, file):
    for number, line in enumerate(file.lines, 1):
        found = re.search(r'\b(?:TODO|FIXME|XXX|HACK)\b', line)
        if found:
            yield number, found[0]


@rule('One newline ends the file, and no line ends in a blank')
def whitespace(tree, file):
    if file.text and (not file.text.endswith('\n') or file.text.endswith('\n\n')):
        yield len(file.lines), 'not exactly one newline at the end'
    for number, line in enumerate(file.lines, 1):
        if line != line.rstrip():
            yield number, 'a blank at the end of the line'
        if '\t' in line and not file.is_markdown:
            yield number, 'a tab'


def _anchors(markdown):
    """The anchors of a page's headings, by GitHub's rule."""
    prose = re.sub(r'^(```|~~~).*?^\1', '', markdown, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r'^#{1,6} +(.+?) *#*$', prose, re.MULTILINE):
        yield re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')


@rule('Links inside the project lead to a file, or a heading, that is there')
def markdown_link(tree, file):
    if not file.is_markdown:
        return
    fence = False
    for number, line in enumerate(file.lines, 1):
        if re.match(r'\s*(```|~~~)', line):
            fence = not fence
        if fence:
            continue
        prose = re.sub(r'`[^`]*`', '``', line)
        for target in re.findall(r'\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)', prose):
            if not re.match(r'[a-z][a-z0-9+.-]*:', target) and not _leads(tree, file, target):
                yield number, f'{target} leads nowhere'


def _leads(tree, file, target):
    path, _, anchor = target.partition('#')
    if path:
        path = os.path.normpath(os.path.join(os.path.dirname(file.path), path))
        if not tree.has(path):
            return False
    page = tree.find(path) if path else file
    return not anchor or page is not None and anchor in _anchors(page.text)


@rule('A script has to parse')
def shell_syntax(tree, file):
    if file.is_shell:
        done = subprocess.run(['bash', '-n'], input=file.text, capture_output=True, text=True)
        if done.returncode != 0:
            yield 1, done.stderr.strip().replace('\n', '; ')


@rule('A script has to parse')
def python_syntax(tree, file):
    if file.is_python:
        try:
            compile(file.text, file.path, 'exec')
        except SyntaxError as error:
            yield error.lineno or 1, error.msg
