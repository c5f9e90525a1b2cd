# Files as part of the binary. weir_embed(target folder): every file of admin/FOLDER, in a source
# that is made anew when one of them changes.
#
# This file is also the script that makes it: cmake -D FOLDER=... -D OUTPUT=... -P embed.cmake.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(weir_embed target folder)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*)
    set(output ${PROJECT_BINARY_DIR}/page_files.cpp)
    set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -D FOLDER=${PROJECT_SOURCE_DIR}/${folder} -D OUTPUT=${output}
              -P ${script}
      DEPENDS ${files} ${script}
      COMMENT "Embedding ${folder}" VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endfunction()
  return()
endif()

file(GLOB files ${FOLDER}/*)
list(SORT files)
set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} bytes HEX)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kFile${number}[] = {${bytes}};\n")
  string(APPEND table "    {\"${name}\", text(kFile${number}), \"${hash}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/embed.cmake.
#include \"admin/page_files.h\"

#include <array>
#include <cstddef>

namespace weir::admin {
namespace {

${arrays}
template <std::size_t Size>
std::string_view text(const unsigned char (&bytes)[Size]) noexcept {
  return {reinterpret_cast<const char*>(bytes), Size};
}

}  // namespace

std::span<const PageFile> page_files() noexcept {
  static const std::array<PageFile, ${number}> kFiles = {{
${table}  }};
  return kFiles;
}

}  // namespace weir::admin
")
