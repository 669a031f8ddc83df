/* A texture as encoders see colours, and look-ups in it.
 *
 * Look-ups are 64 times the value, of 14 bits, and what is written is 32 times it before it is
 * rounded. Products are of 16 bits, halved and rounded, as the instruction pmulhrsw has them; plain
 * C does the same.
 */
#ifndef VISAVIS_PLANES_H
#define VISAVIS_PLANES_H

#include "kernel.h"

/* A person's texture: luma 0..255 and chroma about 128, times alpha; and alpha. Chroma has half the
 * resolution, as in I420: each of its texels is the mean of four. In rows of stride texels; what reads them may read, but not use, SLACK bytes before the first and a few rows and
 * SLACK bytes beyond the last. */
typedef struct {
    const uint8_t *luma, *alpha; /* (height, stride); at least 4 x 4 used */
    const uint8_t *chroma;       /* (height / 2 rounded up, stride, 2) blue, red */
    const uint8_t *cover; /* (height, width) / COVER, rounded up: what a look-up there meets */
    int32_t width, height, stride;
} Planes;

#define COVER 16 /* texels, of a cell of cover */
enum { EMPTY, SOME, FULL };

#define LUMA_SHARE (16384.0f * 219 / 255) /* of full range, as limited range has it */
#define CHROMA_OF_LUMA 16758              /* 224 / 219, 1 / 16384 */
#define OPAQUE 16384
#define FURTHEST 16000.0f /* texels; what lies further out shows the texture's edge as well */

static inline int product(int a, int b) { return (a * b + 0x4000) >> 15; }

/* One of its planes. */
typedef struct {
    const uint8_t *texels;
    int width, height, stride, channels;
} Plane;

static inline Plane luma_of(const Planes *t) {
    return (Plane){t->luma, t->width, t->height, t->stride, 1};
}
static inline Plane alpha_of(const Planes *t) {
    return (Plane){t->alpha, t->width, t->height, t->stride, 1};
}
static inline Plane chroma_of(const Planes *t) {
    return (Plane){t->chroma, (t->width + 1) / 2, (t->height + 1) / 2, t->stride, 2};
}
/* Where chroma lies that luma has at u. */
static inline float halved(float u) { return 0.5f * u - 0.25f; }

/* A channel at a position in texels, clamped to the texture. */
static inline int look_up(Plane t, float u, float v, int channel) {
    const int x = (int)clampf(u * 64 + 0.5f, 0, (float)((t.width - 1) * 64 - 1));
    const int y = (int)clampf(v * 64 + 0.5f, 0, (float)((t.height - 1) * 64 - 1));
    const size_t below = (size_t)(t.stride * t.channels);
    const uint8_t *upper = t.texels + (size_t)(y >> 6) * below + (x >> 6) * t.channels + channel;
    const uint8_t *lower = upper + below;
    const int fx = x & 63, fy = y & 63;
    const int above = upper[0] * (64 - fx) + upper[t.channels] * fx;
    return above + product(lower[0] * (64 - fx) + lower[t.channels] * fx - above, fy << 9);
}

static inline uint8_t clamped(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Where a patch of the picture, STEP by STEP px, looks: at its corners (left, right, then the lower
 * ones) texel x, texel y, gain. */
typedef struct {
    Cell corner[4];
    int shaded; /* whether the gain is not 1 everywhere */
    int mixed;  /* whether the background shows through */
} Patch;

/* Its luma into rows of stride px, its chroma into rows of half of that; what is there lies behind. */
void draw_patch(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue, uint8_t *red,
                int stride);
void draw_patch_plainly(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue,
                        uint8_t *red, int stride);

/* A row of positions in texels, clamped to the texture; count up to CHUNK. Without alpha if that is
 * NULL. */
void look_up_row(const Planes *t, const float *u, const float *v, int count, int16_t *luma,
                 int16_t *alpha, int16_t *blue, int16_t *red);

void visavis_planes(const Person *p, const Planes *t, const int32_t *box, int count, int shaded,
                    const uint8_t *behind, uint8_t *out);
EXPORT void visavis_box(const Person *p, const Planes *t, const Cell *map, const int32_t *box, int shaded,
                 const uint8_t *behind, uint8_t *picture);

#endif
