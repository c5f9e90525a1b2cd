#pragma once

#include <span>
#include <string_view>

namespace weir::admin {

/// A file of admin/page as it is in this binary (cmake/embed.cmake puts it there).
struct PageFile {
  std::string_view name;  ///< without its folder
  std::string_view body;
  std::string_view hash;  ///< of the body, in hexadecimal
};
std::span<const PageFile> page_files() noexcept;

}  // namespace weir::admin
