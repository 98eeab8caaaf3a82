/* The quantizers for the architecture as such. */
#define QUANTIZERS ck_quantizers_generic
#include "quantize.inc"
