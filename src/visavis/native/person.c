/* The person: texels through the map, over what lies behind, times the gain. */
#include "kernel.h"

typedef uint8_t Bytes __attribute__((vector_size(16)));
typedef uint16_t Shorts __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));

#if defined(__clang__) || __GNUC__ >= 12
#define LOW_BYTES(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 1, 3)
#else
#define LOW_BYTES(a, b) \
    __builtin_shuffle(a, b, (Bytes){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23})
#define LOW_HALVES(a, b) __builtin_shuffle(a, b, (Halves){0, 2})
#define HIGH_HALVES(a, b) __builtin_shuffle(a, b, (Halves){1, 3})
#endif

/* Two neighbouring texels, 8 bytes, as 16-bit numbers. */
static inline Shorts two_texels(const uint8_t *at) {
    uint64_t both;
    memcpy(&both, at, 8);
    const Bytes bytes = (Bytes)(Halves){both, 0};
    return (Shorts)LOW_BYTES(bytes, (Bytes){0});
}

/* Left and right texel of one px, interpolated from row to row and weighted: 16 bits are enough
 * with 8 bits of fraction downwards (one kept), 7 along the row. */
static inline Shorts weighted(const uint8_t *texel, size_t row, unsigned down, unsigned along) {
    const Shorts upper = two_texels(texel), lower = two_texels(texel + row);
    const uint16_t d = (uint16_t)down, a = (uint16_t)along, b = (uint16_t)(128 - along);
    const Shorts mixed = (upper * (uint16_t)(256 - d) + lower * d) >> 7;
    return mixed * (Shorts){b, b, b, b, a, a, a, a};
}

void sample_row(const Texture *texture, int32_t *x, int32_t *y, int count, uint8_t *out) {
    const int32_t right = ((texture->width - 1) << 16) - 1;
    const int32_t bottom = ((texture->height - 1) << 16) - 1;
    for (int i = 0; i < count; i++) {
        x[i] = x[i] > 0 ? x[i] : 0;
        x[i] = x[i] < right ? x[i] : right;
        y[i] = y[i] > 0 ? y[i] : 0;
        y[i] = y[i] < bottom ? y[i] : bottom;
    }
    const size_t row = (size_t)texture->width * 4;
    const uint8_t *pixels = texture->pixels;
    int i = 0;
    for (; i + 1 < count; i += 2) {
        const Shorts first = weighted(pixels + (size_t)(y[i] >> 16) * row + (size_t)(x[i] >> 16) * 4,
                                      row, (y[i] >> 8) & 255, (x[i] >> 9) & 127);
        const Shorts second =
            weighted(pixels + (size_t)(y[i + 1] >> 16) * row + (size_t)(x[i + 1] >> 16) * 4, row,
                     (y[i + 1] >> 8) & 255, (x[i + 1] >> 9) & 127);
        const Shorts left = (Shorts)LOW_HALVES((Halves)first, (Halves)second);
        const Shorts rest = (Shorts)HIGH_HALVES((Halves)first, (Halves)second);
        const Shorts sum = (left + rest + 128) >> 8;
        for (int k = 0; k < 8; k++) out[4 * i + k] = (uint8_t)sum[k];
    }
    if (i < count) {
        const Shorts last = weighted(pixels + (size_t)(y[i] >> 16) * row + (size_t)(x[i] >> 16) * 4,
                                     row, (y[i] >> 8) & 255, (x[i] >> 9) & 127);
        for (int k = 0; k < 4; k++) out[4 * i + k] = (uint8_t)((uint16_t)(last[k] + last[k + 4] + 128) >> 8);
    }
}

#define LEAST_TEXEL (-16.0f)
#define MOST_TEXEL 16400.0f /* WebP ends at 16383 */

void enlarge_row(const Person *p, int x0, int y, int count, int32_t *u, int32_t *v,
                 int16_t *gain) {
    /* the first cell's centre lies half a step inside it */
    int row = (y - p->top - STEP / 2) / STEP;
    row = row < 0 ? 0 : row > p->rows - 2 ? p->rows - 2 : row;
    const float t = ((float)(y - p->top - STEP / 2 - row * STEP) + 0.5f) * (1.0f / STEP);
    const float down = clampf(t, 0, 1);
    const float *upper = p->map + (size_t)row * p->columns * 3, *lower = upper + p->columns * 3;
    int at = 0;
    while (at < count) {
        const int offset = x0 + at - p->left - STEP / 2;
        int cell = offset < 0 ? 0 : offset / STEP;
        cell = cell > p->columns - 2 ? p->columns - 2 : cell;
        int from = offset - cell * STEP; /* px after the cell's centre */
        const int inside = from >= 0 && from < STEP;
        const int length = !inside ? 1 : STEP - from < count - at ? STEP - from : count - at;
        from = inside ? from : from < 0 ? 0 : STEP - 1;
        const float *a = upper + 3 * cell, *b = lower + 3 * cell;
        int32_t start[3], step[3];
        for (int k = 0; k < 3; k++) {
            const float limit[3] = {MOST_TEXEL, MOST_TEXEL, 2};
            const float least = k == 2 ? 0 : LEAST_TEXEL;
            const float l = clampf(a[k] + (b[k] - a[k]) * down, least, limit[k]);
            const float r = clampf(a[k + 3] + (b[k + 3] - a[k + 3]) * down, least, limit[k]);
            start[k] = (int32_t)(l * 65536);
            step[k] = (int32_t)((r - l) * (65536.0f / STEP));
            start[k] += step[k] / 2 + step[k] * from;
        }
        for (int k = 0; k < length; k++) {
            u[at + k] = start[0] + step[0] * k;
            v[at + k] = start[1] + step[1] * k;
        }
        if (gain)
            for (int k = 0; k < length; k++)
                gain[at + k] = (int16_t)((start[2] + step[2] * k - 65536 + 128) >> 8);
        at += length;
    }
}

/* person + behind * (1 - alpha), saturated; both premultiplied. */
static void over(const uint8_t *person, const uint8_t *behind, int count, uint8_t *out) {
    for (int i = 0; i < count; i++) {
        uint32_t p, b;
        memcpy(&p, person + 4 * i, 4);
        memcpy(&b, behind + 4 * i, 4);
        const uint32_t through = 255 - (p >> 24);
        uint32_t even = (b & 0xff00ff) * through + 0x800080;
        uint32_t odd = ((b >> 8) & 0xff00ff) * through + 0x800080;
        even = ((even + ((even >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
        odd = ((odd + ((odd >> 8) & 0xff00ff)) >> 8) & 0xff00ff;
        even += p & 0xff00ff;
        odd += (p >> 8) & 0xff00ff;
        /* a carry into the ninth bit fills the eight below it */
        even |= ((even >> 8) & 0x010001) * 255;
        odd |= ((odd >> 8) & 0x010001) * 255;
        const uint32_t sum = (even & 0xff00ff) | ((odd & 0xff00ff) << 8);
        memcpy(out + 4 * i, &sum, 4);
    }
}

/* Colours times 1 + gain / 256. */
static void brighten(uint8_t *pixels, const int16_t *gain, int count) {
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) {
            const int c = pixels[4 * i + k];
            const int lit = c + ((c * gain[i] + 128) >> 8);
            pixels[4 * i + k] = (uint8_t)(lit < 0 ? 0 : lit > 255 ? 255 : lit);
        }
}

static int all_opaque(const uint8_t *pixels, int count) {
    uint32_t both = 0xffffffff, one;
    for (int i = 0; i < count; i++) {
        memcpy(&one, pixels + 4 * i, 4);
        both &= one;
    }
    return both >> 24 == 255;
}

static void put_row(const Person *p, int x, int y, int count, int mixed, int32_t *u, int32_t *v,
                    const int16_t *gain) {
    uint8_t texels[4 * CHUNK];
    const size_t at = ((size_t)y * p->width + x) * 4;
    uint8_t *target = p->picture + at;
    if (!mixed) {
        sample_row(&p->texture, u, v, count, target);
    } else {
        sample_row(&p->texture, u, v, count, texels);
        if (all_opaque(texels, count))
            memcpy(target, texels, (size_t)count * 4);
        else
            over(texels, p->behind + at, count, target);
    }
    if (gain) brighten(target, gain, count);
}

/* Draw boxes of the person. boxes: (count, 5) x0, y0, x1, y1 in output px, and whether the backdrop
 * may show through; shaded: whether the gain is worth applying. */
EXPORT void visavis_person(const Person *p, const int32_t *boxes, int count, int shaded) {
    int32_t u[CHUNK], v[CHUNK];
    int16_t gain[CHUNK];
    for (int i = 0; i < count; i++) {
        const int32_t *box = boxes + 5 * i;
        const int x0 = box[0] > 0 ? box[0] : 0, x1 = box[2] < p->width ? box[2] : p->width;
        const int y0 = box[1] > 0 ? box[1] : 0, y1 = box[3] < p->height ? box[3] : p->height;
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x += CHUNK) {
                const int n = x1 - x < CHUNK ? x1 - x : CHUNK;
                enlarge_row(p, x, y, n, u, v, shaded ? gain : 0);
                put_row(p, x, y, n, box[4], u, v, shaded ? gain : 0);
            }
    }
}

/* The same for one box with a map of its own at full resolution, (y1 - y0, x1 - x0, 3). */
EXPORT void visavis_patch(const Person *p, const float *map, int x0, int y0, int x1, int y1,
                          int shaded) {
    int32_t u[CHUNK], v[CHUNK];
    int16_t gain[CHUNK];
    if (x0 < 0 || y0 < 0 || x1 > p->width || y1 > p->height) return;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x += CHUNK) {
            const int n = x1 - x < CHUNK ? x1 - x : CHUNK;
            const float *from = map + ((size_t)(y - y0) * (x1 - x0) + (x - x0)) * 3;
            for (int i = 0; i < n; i++) {
                u[i] = (int32_t)(clampf(from[3 * i], LEAST_TEXEL, MOST_TEXEL) * 65536);
                v[i] = (int32_t)(clampf(from[3 * i + 1], LEAST_TEXEL, MOST_TEXEL) * 65536);
                gain[i] = (int16_t)(clampf(from[3 * i + 2] - 1, -1, 1) * 256 + 0.5f);
            }
            put_row(p, x, y, n, 1, u, v, shaded ? gain : 0);
        }
}

/* Part of the coarse map at full resolution, floats, (y1 - y0, x1 - x0, 3). */
EXPORT void visavis_enlarge(const Person *p, int x0, int y0, int x1, int y1, float *out) {
    for (int y = y0; y < y1; y++) {
        const float fy = clampf(((float)(y - p->top) + 0.5f) / STEP - 0.5f, 0, (float)(p->rows - 1));
        int row = (int)fy;
        row = row > p->rows - 2 ? p->rows - 2 : row;
        const float down = fy - (float)row;
        const float *upper = p->map + (size_t)row * p->columns * 3, *lower = upper + p->columns * 3;
        for (int x = x0; x < x1; x++) {
            const float fx =
                clampf(((float)(x - p->left) + 0.5f) / STEP - 0.5f, 0, (float)(p->columns - 1));
            int cell = (int)fx;
            cell = cell > p->columns - 2 ? p->columns - 2 : cell;
            const float along = fx - (float)cell;
            for (int k = 0; k < 3; k++) {
                const float *a = upper + 3 * cell + k, *b = lower + 3 * cell + k;
                const float l = a[0] + (b[0] - a[0]) * down, r = a[3] + (b[3] - a[3]) * down;
                *out++ = l + (r - l) * along;
            }
        }
    }
}
