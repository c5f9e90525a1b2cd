#include "main/version.h"

#include <cstdio>

namespace weir {

int print_version() {
#ifdef WEIR_FAULT_POINTS
  std::puts("weir " WEIR_VERSION " (with fault points: a build for tests)");
#else
  std::puts("weir " WEIR_VERSION);
#endif
  return 0;
}

}  // namespace weir
