#include "plan/command.h"

namespace crannog::plan {

// Command's size sets the price of every statement; the big nodes hold their parts in vectors and optionals.
static_assert(sizeof(Command) < 2048);

}  // namespace crannog::plan
