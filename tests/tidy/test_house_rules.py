#!/usr/bin/env python3
"""Shows that every house rule refuses a bad sample and lets a good one pass."""

import pathlib
import tempfile
import unittest

import cpp_text
import house_rules
from rule import RULES
from tree import Tree

H = '#pragma once\n'


def in_proxy(text):
    return {'proxy/relay.cpp': text}


def body(*statements):
    return in_proxy('void f() {\n' + ''.join(f'  {line}\n' for line in statements) + '}\n')


def lines(count):
    return '  x();\n' * count


# Every sample is a tree: path -> text.
BAD = {
    'include_direction': [
        {'balancer/pool.cpp': '#include "proxy/relay.h"\n'},
        {'metrics/counter.h': H + '#include "config/config.h"\n'},
        {'config/config.h': H + '#include "metrics/counter.h"\n'},
        {'base/clock.h': H + '#  include "config/config.h"\n'},
        {'proxy/relay.cpp': '#include "admin/page.h"\n'},
        {'admin/page.cpp': '#include "main/serve.h"\n'},
    ],
    'include_of_tests': [
        in_proxy('#include "tests/peer.h"\n'),
        {'main/main.cpp': '#include "bench/load.h"\n'},
    ],
    'include_path': [
        in_proxy('#include "relay.h"\n'),
        in_proxy('#include "../base/clock.h"\n'),
        {'proxy/relay.cpp': '#include <base/clock.h>\n', 'base/clock.h': H},
        in_proxy('#include "boost/asio.hpp"\n'),
        in_proxy('#include "base/no_such_file.h"\n'),
    ],
    'own_header_first': [
        {'proxy/relay.cpp': '#include "base/clock.h"\n#include "proxy/relay.h"\n',
         'proxy/relay.h': H},
        {'proxy/relay.cpp': 'int x;\n', 'proxy/relay.h': H},
    ],
    'include_order': [
        in_proxy('#include <vector>\n#include "base/clock.h"\n'),
        in_proxy('#include <vector>\n#include <boost/asio.hpp>\n'),
        in_proxy('#include <vector>\n#include <unistd.h>\n'),
        in_proxy('#include <fmt/core.h>\n#include "base/clock.h"\n'),
        in_proxy('#include <sys/types.h>\n\n#include <ares.h>\n'),
    ],
    'pragma_once': [
        {'proxy/relay.h': 'struct Relay;\n'},
        {'proxy/relay.h': '#include <vector>\n#pragma once\n'},
        {'tests/peer.h': '#ifndef PEER\n#define PEER\n#endif\n'},
    ],
    'namespace_of_folder': [
        {'proxy/relay.h': H + 'namespace weir::balancer {\n}\n'},
        {'base/clock.h': H + 'namespace base {\n}\n'},
    ],
    'co_await_in_condition': [
        body('if (co_await f()) co_return;'),
        body('while (!done && co_await', '       f()) {}'),
        body('if (const bool ok = co_await f(); ok) co_return;'),
        body('switch (co_await f()) {}'),
        body('for (auto x : co_await f()) {}'),
    ],
    'co_await_alone': [
        body('const int sum = co_await f() + co_await g();'),
        body('const int x = ready ? 1 : co_await f();'),
        body('const auto x = co_await (f() || g());'),
        body('const auto x = co_await (f() && g());'),
        body('auto [error, socket] = co_await f();'),
        body('const auto x = co_await f([&] { return 1; });'),
        body('const auto x = co_await f(Deadline{5});'),
    ],
    'detached': [body('co_spawn(context, run(), asio::detached);')],
    'plain_assert': [body('assert(x);')],
    'using_namespace': [
        body('using namespace std;'),
        {'proxy/relay.h': H + 'using namespace boost::asio;\n'},
    ],
    'raw_new_or_delete': [
        body('auto* x = new Session;'),
        body('delete x;'),
        body('delete[] x;'),
        body('new (place) Session;'),
    ],
    'lock_on_data_path': [
        body('std::lock_guard lock(mutex_);'),
        {'balancer/pool.h': H + 'std::shared_mutex mutex_;\n'},
        {'metrics/counter.h': H + 'void add() { value_.fetch_add(1); }\n'},
        body('flag_.compare_exchange_strong(a, b);'),
        body('flag_->exchange(true);'),
    ],
    'sleep_on_data_path': [body('std::this_thread::sleep_for(1ms);'), body('::usleep(5);')],
    'sleep_in_test': [
        {'tests/unit/x_test.cpp': 'void f() { std::this_thread::sleep_for(1s); }\n'},
        {'tests/unit/x_test.cpp': 'void f() { ::sleep(1); }\n'},
        {'tests/e2e/test_x.py': 'time.sleep(1)\n'},
        {'tests/e2e/x.sh': 'sleep 1\n'},
        {'tests/e2e/x.sh': 'while true; do sleep 1; done\n'},
    ],
    'line_length': [
        in_proxy('// ' + 'x' * 98 + '\n'),
        {'tests/e2e/test_x.py': 'x = 1  # ' + 'x ' * 50 + '\n'},
        {'tools/run': '#!/usr/bin/env bash\n# ' + 'x ' * 50 + '\n'},
        {'CMakeLists.txt': '# ' + 'x ' * 50 + '\n'},
    ],
    'file_length': [in_proxy('int x;\n' * 451)],
    'function_length': [
        in_proxy('void f() {\n' + lines(69) + '}\n'),
        in_proxy('namespace {\nclass X {\n  int f() const noexcept override {\n' + lines(69) +
                 '  }\n};\n}\n'),
        in_proxy('X::X(int a)\n    : a_{a}, b_(1) {\n' + lines(68) + '}\n'),
        in_proxy('template <class T>\nrequires(sizeof(T) > 1)\nauto f(T t) -> int {\n' +
                 "  if (x == '{') y(\"}\");  // }\n" + lines(66) + '}\n'),
    ],
    'banned_name': [
        {'base/utils.h': H},
        {'proxy/session_manager.cpp': ''},
        {'tests/helpers/peer.py': ''},
        {'tools/common.sh': ''},
    ],
    'leftover': [
        in_proxy('// TODO: later\n'),
        {'tests/e2e/test_x.py': '# FIXME\n'},
        {'docs/x.md': 'XXX\n'},
    ],
    'whitespace': [
        in_proxy('int x; \n'), in_proxy('int x;'), in_proxy('int x;\n\n'), in_proxy('\tint x;\n'),
    ],
    'markdown_link': [
        {'README.md': '[page](docs/none.md)\n'},
        {'docs/a.md': '[up](../none)\n'},
        {'docs/a.md': '# One heading\n[there](#another)\n'},
        {'docs/a.md': '[there](b.md#none)\n', 'docs/b.md': '# Some\n'},
    ],
    'shell_syntax': [
        {'tools/run': '#!/usr/bin/env bash\nif true; then\n'},
        {'tools/x.sh': 'echo "\n'},
    ],
    'python_syntax': [{'tests/e2e/test_x.py': 'def f(:\n'}],
}

GOOD = {
    'include_direction': [
        {'main/main.cpp': '#include "admin/page.h"\n#include "base/clock.h"\n'},
        {'balancer/pool.cpp': '#include "balancer/x.h"\n#include "metrics/counter.h"\n'},
        {'tests/unit/x_test.cpp': '#include "main/serve.h"\n'},
        {'base/clock.h': H + '// #include "proxy/relay.h"\n'},
    ],
    'include_path': [{'proxy/relay.cpp': '#include "base/clock.h"\n', 'base/clock.h': H}],
    'own_header_first': [
        {'proxy/relay.cpp': '#include "proxy/relay.h"\n', 'proxy/relay.h': H},
        {'main/main.cpp': 'int main() {}\n'},
    ],
    'include_order': [
        {'proxy/relay.cpp': '#include "proxy/relay.h"\n#include "base/clock.h"\n'
                            '#include <boost/asio.hpp>\n#include <ares.h>\n#include <unistd.h>\n'
                            '#include <vector>\n',
         'proxy/relay.h': H},
        in_proxy('#include <vector>\n#ifdef X\n#include "base/clock.h"\n#endif\n'),
    ],
    'pragma_once': [{'proxy/relay.h': '// A page.\n\n/* more\n*/\n#pragma once\n'}],
    'namespace_of_folder': [{'proxy/relay.h': H + 'namespace weir::proxy::detail {\n}\n'}],
    'co_await_in_condition': [
        body('const bool ok = co_await f();', 'if (!ok) co_return;'),
        body('// if (co_await f())', 'log("if (co_await f())");'),
    ],
    'co_await_alone': [
        body('auto result = co_await f(a, b);', 'auto& [error, socket] = result;'),
        body('auto&& x = co_await f();', 'co_return co_await g();'),
        body('co_spawn(x, [&]() -> awaitable<void> { co_await f(); }, handler);'),
        body('if (a) {', '  co_await f();', '}', 'const int x = a ? 1 : 2;'),
    ],
    'plain_assert': [in_proxy('static_assert(true);\n'), body('owner_.assert_here();')],
    'using_namespace': [
        body('using namespace std::chrono_literals;'),
        {'proxy/relay.h': H + 'using namespace std::string_view_literals;\n'},
    ],
    'raw_new_or_delete': [
        in_proxy('#include <new>\nX(const X&) = delete;\n'),
        in_proxy('void* operator new(size_t);\nvoid operator delete(void*) noexcept;\n'),
        body('log("a new one"); // new ones, delete later'),
    ],
    'lock_on_data_path': [
        {'base/log.cpp': 'std::mutex x;\n'},
        body('const int old = std::exchange(fd_, -1);'),
    ],
    'sleep_in_test': [
        {'tests/e2e/test_x.py': 'wait_until(lambda: done)  # instead of time.sleep(1)\n'},
    ],
    'line_length': [in_proxy('// https://a.example/' + 'x' * 100 + '\n' + 'é' * 100 + '\n')],
    'file_length': [in_proxy('int x;\n' * 450), {'tests/unit/x_test.cpp': 'int x;\n' * 900}],
    'function_length': [
        in_proxy('void f() {\n' + lines(68) + '}\n'),
        in_proxy('struct X {\n' + lines(100) + '};\n'),
        in_proxy('namespace x {\n' + 'void f() { y({1}); }\n' * 100 + '}\n'),
        in_proxy('constexpr int kTable[] = {\n' + '    1,\n' * 100 + '};\n'),
        in_proxy('const auto kTable = std::to_array({\n' + '    {1, f(2)},\n' * 100 + '});\n'),
        {'tests/unit/x_test.cpp': 'void f() {\n' + lines(100) + '}\n'},
    ],
    'banned_name': [{'base/uncommon.h': H}],
    'leftover': [in_proxy('mkstemp("/tmp/x.XXXXXX");\n')],
    'whitespace': [in_proxy('int x;\n'), in_proxy('')],
    'markdown_link': [
        {'README.md': '[page](docs/a.md#a-heading-of-weir) [web](https://a.example) `[x](y)`\n',
         'docs/a.md': '# A `heading`, of weir\n[up](../README.md) [folder](../docs)\n'},
        {'README.md': '```\n[x](y)\n```\n'},
    ],
    'shell_syntax': [{'tools/run': '#!/usr/bin/env bash\nif true; then :; fi\n'}],
}


class EveryRule(unittest.TestCase):
    def test_has_a_bad_sample(self):
        self.assertEqual(set(BAD), set(RULES))
        self.assertLessEqual(set(GOOD), set(RULES))

    def test_refuses_each_bad_sample(self):
        for name, samples in BAD.items():
            for sample in samples:
                with self.subTest(rule=name, sample=sample):
                    self.assertTrue(list(RULES[name].faults(Tree(sample))))

    def test_a_picture_can_be_linked_to(self):
        page = {'docs/a.md': '![a curve](images/a.png)\n'}
        rule = RULES['markdown_link']
        self.assertEqual(list(rule.faults(Tree(page, ['docs/images/a.png']))), [])
        self.assertTrue(list(rule.faults(Tree(page, ['docs/images/b.png']))))

    def test_lets_each_good_sample_pass(self):
        for name, samples in GOOD.items():
            for sample in samples:
                with self.subTest(rule=name, sample=sample):
                    self.assertEqual(list(RULES[name].faults(Tree(sample))), [])


class Exceptions(unittest.TestCase):
    bad = Tree(body('assert(x);'))

    def test_leave_a_file_out(self):
        self.assertEqual(house_rules.check(self.bad, {'plain_assert': {'proxy/relay.cpp': ''}}), [])

    def test_must_be_needed(self):
        for path in ('proxy/gone.cpp', 'proxy/relay.cpp'):
            faults = house_rules.check(self.bad, {'detached': {path: ''}})
            self.assertTrue(any('needs no exception' in fault for fault in faults))

    def test_must_name_a_rule(self):
        faults = house_rules.check(self.bad, {'no_such_rule': {}})
        self.assertTrue(any('there is no rule' in fault for fault in faults))


class TheWholeTest(unittest.TestCase):
    def test_fails_on_one_fault_in_a_folder(self):
        with tempfile.TemporaryDirectory() as top:
            pathlib.Path(top, 'proxy').mkdir()
            pathlib.Path(top, 'proxy/relay.cpp').write_text('void f() { assert(x); }\n')
            faults = house_rules.check(Tree.read(top), {})
        self.assertEqual(len(faults), 1)
        self.assertIn('proxy/relay.cpp:1: plain_assert', faults[0])

    def test_skips_only_what_it_names(self):
        with tempfile.TemporaryDirectory() as top:
            for folder in ('build/x', '.git', '.ci', 'proxy'):
                pathlib.Path(top, folder).mkdir(parents=True)
                pathlib.Path(top, folder, 'run').write_text('x\n')
            paths = [file.path for file in Tree.read(top).files]
        self.assertEqual(paths, ['.ci/run', 'proxy/run'])


class CppText(unittest.TestCase):
    def test_blanks_comments_strings_and_characters_in_place(self):
        text = 'a("x{" /* { */, \'{\', 1\'000, R"(\n{")"); // {\nb'
        code = cpp_text.code_only(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count('\n'), 2)
        self.assertNotIn('{', code)
        self.assertIn("1'000", code)

    def test_finds_functions_and_their_lines(self):
        text = ('namespace a {\nclass B : C {\n public:\n  B() : x_{1}, y_(2) {\n  }\n'
                '  void f() { g([] { h(); }); }\n};\n\nint operator+(B a,\n              B b) {\n'
                '  return 1;\n}\n}  // namespace a\n')
        self.assertEqual(list(cpp_text.functions(text)),
                         [('B', 4, 5), ('f', 6, 6), ('?', 9, 12)])


if __name__ == '__main__':
    unittest.main()
