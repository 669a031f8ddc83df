/* Exponential and logarithm that compilers can put several of into one register: errors under
 * 1e-5, far less than a grey level. */
#ifndef VISAVIS_CURVES_H
#define VISAVIS_CURVES_H

#include <stdint.h>
#include <string.h>

static inline float as_float(int32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline int32_t as_bits(float value) {
    int32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

/* e to the x, for x up to 80; 0 far below. Taylor series of 2^f, |f| <= 0.5. */
static inline float quick_exp(float x) {
    x = x > -80 ? x : -80;
    x = x < 80 ? x : 80;
    const float scaled = x * 1.44269504f;
    const float rounder = 12582912.0f; /* 1.5 * 2^23: the sum's last bit is worth 1 */
    const float rounded = scaled + rounder;
    const int32_t whole = as_bits(rounded) - as_bits(rounder);
    const float f = scaled - (rounded - rounder);
    const float series =
        1 + f * (0.69314718f +
                 f * (0.24022651f + f * (0.05550411f + f * (0.00961813f + f * 0.00133336f))));
    return series * as_float((whole + 127) << 23);
}

/* Natural logarithm of x > 0. With x = 2^e m, sqrt(1/2) <= m < sqrt(2): 2 atanh((m - 1) / (m + 1)). */
static inline float quick_log(float x) {
    const int32_t bits = as_bits(x);
    const int32_t exponent = (bits - 0x3f3504f3) >> 23;
    const float m = as_float(bits - exponent * (1 << 23));
    const float s = (m - 1) / (m + 1), q = s * s;
    return (float)exponent * 0.69314718f +
           2 * s * (1 + q * (0.33333333f + q * (0.2f + q * 0.14285714f)));
}

#endif
