/* What this processor can do. */
#include "kernel.h"

#define VERSION 18 /* of the functions' arguments, see native/compiling.py */

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>

static uint64_t saved_by_system(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

/* 3 for x86-64-v3 (AVX2, FMA, BMI, ...), else 1. Source: x86-64 psABI, microarchitecture levels. */
EXPORT int visavis_level(void) {
    const unsigned first = bit_SSE3 | bit_SSSE3 | bit_FMA | bit_CMPXCHG16B | bit_SSE4_1 |
                           bit_SSE4_2 | bit_MOVBE | bit_POPCNT | bit_OSXSAVE | bit_AVX | bit_F16C;
    const unsigned second = bit_BMI | bit_AVX2 | bit_BMI2;
    const unsigned third = bit_LAHF_LM | bit_ABM;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return 1;
    if ((saved_by_system() & 6) != 6) return 1; /* the wide registers are kept */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & second) != second) return 1;
    if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || (c & third) != third) return 1;
    return 3;
}
#else
EXPORT int visavis_level(void) { return 1; }
#endif

EXPORT int visavis_version(void) { return VERSION; }
