/* A row of px at any positions in a texture's planes, with AVX2. Where neighbouring px look at
 * neighbouring texels, as nearly everywhere, those of four px come from a few loads of 16 bytes.
 */
#include "planes.h"

#ifdef __AVX2__
#include <immintrin.h>

/* Where 8 px look, four in each half. */
typedef struct {
    __m256i column;      /* from the half's first texel */
    __m256i along, down; /* how much of the right texel, and of the lower; for two channels */
    __m256i second;      /* whether the upper of a px' texels is in the second row */
    int32_t at[2];       /* where each half's texels begin */
    int near;            /* whether they all lie in three rows of 16 bytes */
} Spot;

static inline Spot spot_of(const Plane *t, __m256 u, __m256 v) {
    Spot s;
    const __m256i zero = _mm256_setzero_si256(), part = _mm256_set1_epi32(63);
    const __m256 scale = _mm256_set1_ps(64);
    /* what is no number, or too large for one, becomes the least of all */
    __m256i x = _mm256_max_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(u, scale)), zero);
    __m256i y = _mm256_max_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(v, scale)), zero);
    x = _mm256_min_epi32(x, _mm256_set1_epi32((t->width - 1) * 64 - 1));
    y = _mm256_min_epi32(y, _mm256_set1_epi32((t->height - 1) * 64 - 1));
    const __m256i column = _mm256_srli_epi32(x, 6), row = _mm256_srli_epi32(y, 6);
    const __m256i first = _mm256_min_epi32(_mm256_shuffle_epi32(column, 0x00),
                                           _mm256_shuffle_epi32(column, 0xff));
    const __m256i top =
        _mm256_min_epi32(_mm256_shuffle_epi32(row, 0x00), _mm256_shuffle_epi32(row, 0xff));
    const __m256i start =
        _mm256_add_epi32(_mm256_mullo_epi32(top, _mm256_set1_epi32(t->stride)), first);
    s.at[0] = _mm256_cvtsi256_si32(start);
    s.at[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(start, 1));
    s.column = _mm256_sub_epi32(column, first);
    const __m256i below = _mm256_sub_epi32(row, top);
    /* 8 of 2 bytes are loaded at once, or 16 of 1 */
    const __m256i most = _mm256_set1_epi32(16 / t->channels - 2);
    s.near = _mm256_testz_si256(_mm256_cmpgt_epi32(s.column, most), part) &&
             _mm256_testz_si256(_mm256_or_si256(_mm256_srai_epi32(s.column, 31), below),
                                _mm256_set1_epi32(~1));
    s.second = _mm256_cmpgt_epi32(below, zero);
    const __m256i fx = _mm256_and_si256(x, part), fy = _mm256_and_si256(y, part);
    s.along = _mm256_add_epi32(_mm256_mullo_epi16(fx, _mm256_set1_epi32(255)),
                               _mm256_set1_epi32(64));
    s.along = _mm256_or_si256(s.along, _mm256_slli_epi32(s.along, 16));
    s.down = _mm256_slli_epi32(_mm256_or_si256(fy, _mm256_slli_epi32(fy, 16)), 9);
    return s;
}

static inline __m256i two_halves(const uint8_t *first, const uint8_t *second) {
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)first)),
        _mm_loadu_si128((const __m128i *)(const void *)second), 1);
}

/* Each px' one or two channels in 32 bits. */
static inline __m256i look_up_8(const Plane *t, const Spot *s) {
    const size_t stride = (size_t)(t->stride * t->channels);
    const uint8_t *a = t->texels + (size_t)s->at[0] * (size_t)t->channels;
    const uint8_t *b = t->texels + (size_t)s->at[1] * (size_t)t->channels;
    __m256i take = _mm256_or_si256(s->column, _mm256_slli_epi32(s->column, 8));
    if (t->channels == 1)
        take = _mm256_add_epi32(take, _mm256_set1_epi32((int)0x80800100u));
    else
        take = _mm256_add_epi32(_mm256_slli_epi32(_mm256_or_si256(take,
                                                                  _mm256_slli_epi32(take, 16)), 1),
                                _mm256_set1_epi32(0x03010200));
    __m256i row[3];
    for (int i = 0; i < 3; i++, a += stride, b += stride)
        row[i] = _mm256_maddubs_epi16(_mm256_shuffle_epi8(two_halves(a, b), take), s->along);
    const __m256i upper = _mm256_blendv_epi8(row[0], row[1], s->second);
    const __m256i lower = _mm256_blendv_epi8(row[1], row[2], s->second);
    return _mm256_add_epi16(upper, _mm256_mulhrs_epi16(_mm256_sub_epi16(lower, upper), s->down));
}

/* 8 px into 16 bits each. */
static inline void put(__m256i found, int16_t *out) {
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_packs_epi32(_mm256_castsi256_si128(found),
                                     _mm256_extracti128_si256(found, 1)));
}

static __attribute__((noinline)) void apart(Plane t, const float *u, const float *v, int channel,
                                            int16_t *out) {
    for (int i = 0; i < 8; i++) out[i] = (int16_t)look_up(t, u[i], v[i], channel);
}

/* 8 px of luma, and of alpha if that is not NULL. */
static inline void plain_8(const Planes *t, const float *u, const float *v, int16_t *luma,
                           int16_t *alpha) {
    const Plane plane = luma_of(t), other = alpha_of(t);
    const Spot s = spot_of(&plane, _mm256_loadu_ps(u), _mm256_loadu_ps(v));
    if (s.near) {
        put(look_up_8(&plane, &s), luma);
        if (alpha) put(look_up_8(&other, &s), alpha);
    } else {
        apart(plane, u, v, 0, luma);
        if (alpha) apart(other, u, v, 0, alpha);
    }
}

static inline void chroma_8(const Planes *t, const float *u, const float *v, int16_t *blue,
                            int16_t *red) {
    const Plane plane = chroma_of(t);
    float x[8], y[8];
    for (int i = 0; i < 8; i++) {
        x[i] = halved(u[i]);
        y[i] = halved(v[i]);
    }
    const Spot s = spot_of(&plane, _mm256_loadu_ps(x), _mm256_loadu_ps(y));
    if (s.near) {
        const __m256i both = look_up_8(&plane, &s);
        put(_mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16), blue);
        put(_mm256_srai_epi32(both, 16), red);
    } else {
        apart(plane, x, y, 0, blue);
        apart(plane, x, y, 1, red);
    }
}

void look_up_row(const Planes *t, const float *u, const float *v, int count, int16_t *luma,
                 int16_t *alpha, int16_t *blue, int16_t *red) {
    for (int i = 0; i < count; i += 8) {
        const int n = count - i < 8 ? count - i : 8;
        if (n == 8) {
            plain_8(t, u + i, v + i, luma + i, alpha ? alpha + i : 0);
            chroma_8(t, u + i, v + i, blue + i, red + i);
            continue;
        }
        float x[8], y[8];
        int16_t found[4][8];
        for (int k = 0; k < 8; k++) {
            x[k] = u[i + (k < n ? k : n - 1)];
            y[k] = v[i + (k < n ? k : n - 1)];
        }
        plain_8(t, x, y, found[0], found[1]);
        chroma_8(t, x, y, found[2], found[3]);
        int16_t *const rows[4] = {luma, alpha, blue, red};
        for (int k = 0; k < 4; k++)
            if (rows[k]) memcpy(rows[k] + i, found[k], (size_t)n * sizeof(int16_t));
    }
}
#endif
