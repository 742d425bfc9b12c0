#pragma once

namespace crannog::cli {

/// Runs the `crannog` program: picks the sub-command, parses its options, gives the exit status
/// (0 done, 1 failed, 2 wrong use). Threads: the main thread.
int Main(int argc, char** argv);

}  // namespace crannog::cli
