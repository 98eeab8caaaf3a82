/* The quantizers for AVX2. */
#if defined(__x86_64__)
#define QUANTIZERS ck_quantizers_avx2
#define TARGET "avx2"
#include "quantize.inc"
#endif
