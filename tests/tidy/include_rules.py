"""Rules about #include: directions, order, own header, paths."""

import re

from rule import rule
from tree import OTHER_CPP_FOLDERS, PRODUCT_FOLDERS

# What each folder may include beside itself: main -> admin -> proxy -> balancer -> metrics, config
# -> base. metrics and config do not know each other.
MAY_INCLUDE = {
    'base': (),
    'config': ('base',),
    'metrics': ('base',),
    'balancer': ('metrics', 'config', 'base'),
    'proxy': ('balancer', 'metrics', 'config', 'base'),
    'admin': ('proxy', 'balancer', 'metrics', 'config', 'base'),
    'main': ('admin', 'proxy', 'balancer', 'metrics', 'config', 'base'),
}
# The same list as in .clang-format.
THIRD_PARTY = re.compile(
    r'<(?:(?:benchmark|boost|fmt|gmock|gtest|openssl|prometheus|re2|spdlog)/'
    r'|(?:ares(?:_[a-z]+)?|seccomp)\.h>)')


def _own_header(tree, file):
    """The path of the header that a source file implements, if there is one."""
    header = file.path[:-len('.cpp')] + '.h'
    return header if file.suffix == '.cpp' and tree.find(header) else None


def _target_folder(name):
    return name[1:-1].split('/')[0]


@rule('Includes point one way: main, admin, proxy, balancer, then metrics and config, then base')
def include_direction(tree, file):
    for line, name in file.includes:
        target = _target_folder(name)
        if file.is_product and target != file.folder and target in PRODUCT_FOLDERS:
            if target not in MAY_INCLUDE[file.folder]:
                yield line, f'{file.folder} includes {name}'


@rule('Tests may know the product, never the other way round')
def include_of_tests(tree, file):
    for line, name in file.includes:
        if file.is_product and _target_folder(name) in OTHER_CPP_FOLDERS:
            yield line, f'product code includes {name}'


@rule('Ours in quotes, with the path from the top: "proxy/session.h"; all others in angles')
def include_path(tree, file):
    if not file.is_cpp:
        return
    for line, name in file.includes:
        is_ours = '/' in name and _target_folder(name) in PRODUCT_FOLDERS + OTHER_CPP_FOLDERS
        if is_ours != name.startswith('"'):
            yield line, f'includes {name}'
        elif is_ours and tree.find(name[1:-1]) is None:
            yield line, f'there is no {name}'


@rule('A source file begins with its own header, which shows that the header stands alone')
def own_header_first(tree, file):
    own = _own_header(tree, file)
    if own and (not file.includes or file.includes[0][1] != f'"{own}"'):
        yield 1, f'the first include is not "{own}"'


@rule('Order: own header, ours, third party, the system (*.h), std; clang-format does it')
def include_order(tree, file):
    own = _own_header(tree, file)
    before = 0
    for line, name in file.includes:
        if own and name == f'"{own}"':
            place = 0
        elif name.startswith('"'):
            place = 1
        elif THIRD_PARTY.match(name):
            place = 2
        else:
            place = 3 if name.endswith('.h>') else 4
        if place < before:
            yield line, f'{name} comes too late'
            return  # one wrong place makes many
        before = max(place, before)


@rule('The first line that is not a comment is #pragma once')
def pragma_once(tree, file):
    if not file.is_header:
        return
    text = re.sub(r'\A(?:\s|//[^\n]*\n|/\*.*?\*/)*', '', file.text, flags=re.DOTALL)
    if not text.startswith('#pragma once\n'):
        yield 1, 'a header without #pragma once at its head'


@rule('Folders are namespaces inside weir')
def namespace_of_folder(tree, file):
    if file.is_header and file.is_product and file.folder != 'main':
        if not re.search(rf'^namespace weir::{file.folder}\b', file.text, re.MULTILINE):
            yield 1, f'no namespace weir::{file.folder}'
