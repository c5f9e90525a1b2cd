# Flags that every target of weir shares: warnings, hardening, sanitizers, LTO.
add_library(weir_flags INTERFACE)
target_compile_options(weir_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wcast-align -Wundef -Wformat=2 -Wimplicit-fallthrough
  $<$<BOOL:${WEIR_WERROR}>:-Werror>)

# Asio and Beast are compiled once, in base/asio.cpp and admin/beast.cpp.
add_compile_definitions(
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  WEIR_VERSION="${PROJECT_VERSION}")
if(WEIR_WITHOUT_PROBES)
  add_compile_definitions(WEIR_WITHOUT_PROBES)
endif()
if(WEIR_FAULT_POINTS)
  add_compile_definitions(WEIR_FAULT_POINTS)
endif()

if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # The vptr check probes memory through a pipe, and aborts where tests leave no descriptor.
    -fno-sanitize=vptr)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # Boost's headers use fences, which this sanitizer cannot see
  endif()
endif()

# Hardening: OpenSSF's "Compiler Options Hardening Guide for C and C++".
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT WEIR_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

if(WEIR_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
