/* The vector arithmetic for AVX-512. */
#if defined(__x86_64__)
#define VECTOR_SET ck_vector_avx512
#define WIDTH 16
#define NATIVE_HALF 1
#define TARGET "avx512f,avx512bw,avx512dq,avx512vl,fma,f16c"
#include "vector.inc"
#endif
