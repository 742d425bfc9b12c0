#include "cli/cli.h"

#include <cstdio>

namespace crannog::cli {

int Main(int, char**) {
  std::puts("crannog 0.1.0");
  return 0;
}

}  // namespace crannog::cli
