#include "cli/cli.h"

int main(int argc, char** argv) { return crannog::cli::Main(argc, argv); }
