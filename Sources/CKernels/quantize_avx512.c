/* The quantizers for AVX-512. */
#if defined(__x86_64__)
#define QUANTIZERS ck_quantizers_avx512
#define TARGET "avx512f,avx512bw,avx512dq,avx512vl"
#include "quantize.inc"
#endif
