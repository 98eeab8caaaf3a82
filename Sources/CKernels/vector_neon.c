/* The vector arithmetic for ARMv8-A, which has fused multiply-add and conversions of half precision. */
#if defined(__aarch64__)
#define VECTOR_SET ck_vector_neon
#define WIDTH 4
#define NATIVE_HALF 1
#include "vector.inc"
#endif
