// libFuzzer's own `main` cannot be used: SwiftPM names the entry point of an executable itself.
#include "charness.h"

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

int charness_fuzz(int argc, char **argv, int (*test)(const uint8_t *data, size_t size)) {
    return LLVMFuzzerRunDriver(&argc, &argv, test);
}
