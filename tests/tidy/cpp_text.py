"""C++ source as the rules see it: without comments and strings, cut into includes and functions."""

import re

_TOKEN = re.compile(
    r'''(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<raw>\b(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<separator>(?<=[0-9a-fA-F])'(?=[0-9a-fA-F]))
      | (?P<character>'(?:\\.|[^'\\\n])+')''',
    re.DOTALL | re.VERBOSE)


def _spaces(text):
    return re.sub(r'[^\n]', ' ', text)


def without_comments(text):
    """The text with every comment blanked; lines and columns stay where they are."""
    return _TOKEN.sub(lambda m: _spaces(m[0]) if m.lastgroup == 'comment' else m[0], text)


def code_only(text):
    """The text with comments, strings and character literals blanked."""
    return _TOKEN.sub(lambda m: m[0] if m.lastgroup == 'separator' else _spaces(m[0]), text)


def without_directives(code):
    """The code with preprocessor lines blanked, continued ones too."""
    return re.sub(r'^[ \t]*#(?:\\\n|[^\n])*', lambda m: _spaces(m[0]), code, flags=re.MULTILINE)


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def includes(text):
    """(line, name with its quotes or angles) of every #include that is under no #if."""
    depth = 0
    for number, line in enumerate(without_comments(text).split('\n'), 1):
        directive = re.match(r'\s*#\s*(\w+)\s*(.*)', line)
        if not directive:
            continue
        if directive[1] in ('if', 'ifdef', 'ifndef'):
            depth += 1
        elif directive[1] == 'endif':
            depth -= 1
        elif directive[1] == 'include' and depth == 0:
            name = re.match(r'"[^"]+"|<[^>]+>', directive[2])
            if name:
                yield number, name[0]


def closing_parenthesis(code, opening):
    """The position of the parenthesis that closes the one at `opening`; the end if none does."""
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == '(':
            depth += 1
        elif code[position] == ')':
            depth -= 1
            if depth == 0:
                return position
    return len(code)


def _without_template(head):
    """Cuts a leading `template <...>`, whose parameters may say `class`."""
    while match := re.match(r'\s*template\s*<', head):
        depth = 1
        position = match.end()
        while position < len(head) and depth > 0:
            depth += {'<': 1, '>': -1}.get(head[position], 0)
            position += 1
        head = head[position:]
    return head


def _kind(head):
    """What a brace opens, judged by what stands before it: scope, function or braces."""
    head = _without_template(head).strip()
    if re.search(r'\bnamespace\b', head) or head == 'extern':
        return 'scope'
    if re.match(r'(?:typedef\s+|static\s+|\[\[.*?\]\]\s*)*(?:class|struct|union|enum)\b', head):
        if not head.endswith(')'):
            return 'scope'
    if '(' not in head or head.endswith('=') or head.count('(') > head.count(')'):
        return 'braces'  # of a value: `int kTable[] = {`, `to_array<Key>({`
    return 'function'


_ACCESS = re.compile(r'\s*(?:public|private|protected)\s*:|\s+')


def functions(text):
    """(name, first line, last line) of every function body, lambdas at namespace scope included.

    A heuristic on braces, made for code that clang-format has seen. A brace inside a function opens
    nothing new: a lambda counts as part of the function around it.
    """
    code = without_directives(code_only(text))
    stack = []
    head_start = 0
    for position, character in enumerate(code):
        in_function = 'function' in stack
        if character == ';' and not in_function:
            head_start = position + 1
        elif character == '{':
            stack.append('inner' if in_function else _kind(code[head_start:position]))
            if stack[-1] == 'scope':
                head_start = position + 1
        elif character == '}' and stack:
            kind = stack.pop()
            if kind == 'scope':
                head_start = position + 1
            # `Type() : member_{1}, other_{2} {`: the body is still to come.
            if kind == 'function' and not re.match(r'\s*[,{]', code[position + 1:position + 200]):
                while access := _ACCESS.match(code, head_start):
                    head_start = access.end()
                name = re.search(r'([~\w:]+)\s*\(', code[head_start:position])
                yield (name[1] if name else '?', line_of(code, head_start), line_of(code, position))
                head_start = position + 1
