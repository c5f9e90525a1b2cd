"""The files that the rules look at, from the disk or, in the self-test, from a dictionary."""

import functools
import os
import pathlib

import cpp_text

# Folders by name, wherever they are; other folders that begin with a dot are skipped too.
SKIPPED_FOLDERS = ('build', '__pycache__')
DOT_FOLDERS_CHECKED = ('.ci',)
# Text that is not ours to shape.
SKIPPED_FILES = {'LICENSE': 'the text of the Apache License'}

PRODUCT_FOLDERS = ('main', 'admin', 'proxy', 'balancer', 'metrics', 'config', 'base')
OTHER_CPP_FOLDERS = ('tests', 'bench')


class File:
    """One file: its path from the top, its text, and views of it that are made when asked for."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split('\n')
        self.folder = path.split('/')[0] if '/' in path else ''
        self.name = path.split('/')[-1]
        self.stem, self.suffix = os.path.splitext(self.name)
        self.is_header = self.suffix == '.h'
        self.is_cpp = self.suffix in ('.h', '.cpp', '.c')
        self.is_python = self.suffix == '.py' or 'python3' in self._interpreter()
        self.is_shell = self.suffix == '.sh' or self._interpreter().endswith(('bash', '/sh'))
        self.is_cmake = self.suffix == '.cmake' or self.name == 'CMakeLists.txt'
        self.is_markdown = self.suffix == '.md'
        self.is_product = self.is_cpp and self.folder in PRODUCT_FOLDERS

    def _interpreter(self):
        return self.lines[0].strip() if self.lines[0].startswith('#!') else ''

    @functools.cached_property
    def code(self):
        """C++ without comments, strings and preprocessor lines."""
        return cpp_text.without_directives(cpp_text.code_only(self.text))

    @functools.cached_property
    def includes(self):
        return list(cpp_text.includes(self.text))


class Tree:
    def __init__(self, files, not_text=()):
        self.files = [File(path, text) for path, text in sorted(files.items())]
        self._by_path = {file.path: file for file in self.files}
        self._not_text = set(not_text)  # pictures: pages link to them
        self._folders = {str(parent) for path in files for parent in pathlib.PurePath(path).parents}

    @staticmethod
    def read(top):
        """Every text file below `top` that is not skipped."""
        files, not_text = {}, []
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if _is_checked(name)]
            for name in names:
                path = pathlib.Path(folder, name)
                relative = path.relative_to(top).as_posix()
                content = path.read_bytes() if path.is_file() else b'\0'
                if b'\0' in content:
                    not_text.append(relative)
                elif relative not in SKIPPED_FILES:
                    files[relative] = content.decode('utf-8')
        return Tree(files, not_text)

    def find(self, path):
        return self._by_path.get(path)

    def has(self, path):
        known = (self._by_path, self._not_text, self._folders, SKIPPED_FILES)
        return any(path in those for those in known)


def _is_checked(folder):
    if folder.startswith('.'):
        return folder in DOT_FOLDERS_CHECKED
    return folder not in SKIPPED_FOLDERS
