/* The vector arithmetic for AVX2 with FMA and F16C. */
#if defined(__x86_64__)
#define VECTOR_SET ck_vector_avx2
#define WIDTH 8
#define NATIVE_HALF 1
#define TARGET "avx2,fma,f16c"
#include "vector.inc"
#endif
