#pragma once

#include "config/config.h"
#include "config/parsed.h"
#include "config/setting.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::config {

/// Reads a value into its member of the owner; the owner is unchanged when there is a problem.
template <typename Owner>
using Setter = std::optional<Problem> (*)(Owner&, std::string_view value);

/// One row of the table of keys. Parsing, help, suggestions and a test of the documentation all
/// go by that table, so that a key that works is known everywhere and no other key is.
struct Key {
  enum class Reach : std::uint8_t {
    everywhere,   ///< also at the top of the file, as flag and as variable: for all sections
    section_only  ///< a default for all sections would make no sense
  };

  std::string_view name;
  Reach reach;
  bool repeatable;
  std::string_view flag;           ///< without its dashes; empty when there is none
  std::string_view value_form;     ///< for help: "DURATION"
  std::string_view default_value;  ///< as it would be written; empty when there is none
  std::string_view help;
  /// Whose key it is decides which of the three it holds.
  std::variant<Setter<Config>, Setter<ListenerConfig>, Setter<PoolConfig>> set;

  [[nodiscard]] Scope scope() const noexcept { return static_cast<Scope>(set.index()); }
};

/// Every key, in the order of the documentation: process, listener, pool.
std::span<const Key> all_keys();

/// The key of that name which may stand at the top of a file; null if there is none.
const Key* find_top_key(std::string_view name);

/// The key of that name in a [listener.x] or [pool.x]; null if there is none.
const Key* find_section_key(Scope scope, std::string_view name);

/// Why `name` is no key where it stands (at the top, or in a section of that scope): it belongs
/// elsewhere, or it is unknown and perhaps a slip of the keyboard.
Problem misplaced_key(std::string_view name, std::optional<Scope> section);

/// "WEIR_CONNECT_TIMEOUT"
std::string variable_name(const Key& key);

/// The key as the user wrote it: "connect_timeout", "--connect-timeout" or "WEIR_CONNECT_TIMEOUT".
std::string shown_name(const Key& key, const Origin& origin);

/// How the key would be written there: "bind = ADDR:PORT" or "--listen ADDR:PORT".
std::string shown_example(const Key& key, const Origin& origin);

}  // namespace weir::config
