/* Integer kernels for VNNI in 256-bit registers, in the encoding of processors without AVX-512. */
#if defined(__x86_64__)
#define MULTIPLY_GROUP ck_multiply_group_avxvnni
#define DOT(sum, w, x) _mm256_dpbusd_avx_epi32(sum, w, x)
#define TARGET "avxvnni,avx2,fma,f16c"
#include "x86_256.inc"
#endif
