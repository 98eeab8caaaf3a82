/* Integer kernels for AVX2 with FMA and F16C. */
#if defined(__x86_64__)
#define MULTIPLY_GROUP ck_multiply_group_avx2
#define TARGET "avx2,fma,f16c"
#include "x86_256.inc"
#endif
