/* Integer kernels for VNNI in 256-bit registers, in the encoding of AVX-512VL. */
#if defined(__x86_64__)
#define MULTIPLY_GROUP ck_multiply_group_vnni256
#define DOT(sum, w, x) _mm256_dpbusd_epi32(sum, w, x)
#define TARGET "avx512f,avx512bw,avx512vl,avx512vnni,fma,f16c,prefer-256-bit"
#include "x86_256.inc"
#endif
