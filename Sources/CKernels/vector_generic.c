/* The vector arithmetic in the compiler's own instructions: the reference of the other sets. */
#define VECTOR_SET ck_vector_generic
#define WIDTH 4
#define NATIVE_HALF 0
#include "vector.inc"
