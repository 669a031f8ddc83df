/* The inside of the mouth: strips of tongue and teeth in a dark cavity, shade, the wet lining, a soft
 * lens; as render/mouth.py, fused.
 */
#include "curves.h"
#include "kernel.h"

#define MOST_TAPS 64

/* A textured ribbon: points and texels of its first edge, then of its second; px of the box. */
typedef struct {
    const uint8_t *pixels; /* (height, width, 4) premultiplied; nothing beyond it */
    const float *points;   /* (2 * columns, 2) */
    const float *texels;   /* (2 * columns, 2) */
    int32_t width, height, columns;
} Strip;

/* What a mouth looks like in one picture; per column of the box where there are arrays. */
typedef struct {
    const float *top, *bottom; /* (width,) edges of the lips, px of the box */
    const float *light, *corner_share, *fade, *seam_share; /* (width,) */
    float cavity[3], corner[3], wet_upper[3], wet_lower[3], seam[3], warmth[3];
    float per_mm;                     /* 1 / px per mm */
    float depth_below, depth_above;   /* how dark the shadow of the lips is */
    float reach_below, reach_above;   /* how far it reaches, 1 / mm */
    float wet_above, wet_below;       /* how far the linings reach, 1 / mm */
    float share_above, share_below;   /* how much is seen of them */
    float sigma;                      /* the lens, px */
} MouthLook;

static const float nowhere = -1e3f;

/* A texel of RGBA, 0 outside. */
static inline void texel(const Strip *s, int x, int y, float weight, float sum[4]) {
    if ((uint32_t)x >= (uint32_t)s->width || (uint32_t)y >= (uint32_t)s->height) return;
    const uint8_t *p = s->pixels + ((size_t)y * s->width + x) * 4;
    for (int k = 0; k < 4; k++) sum[k] += weight * (float)p[k];
}

static void put_strip(const Strip *s, const float *map, int count, float *planes) {
    for (int i = 0; i < count; i++) {
        const float u = map[3 * i], v = map[3 * i + 1];
        if (!(u > -1 && v > -1 && u < (float)s->width && v < (float)s->height)) continue;
        const int x = (int)(u + 1) - 1, y = (int)(v + 1) - 1;
        const float fx = u - (float)x, fy = v - (float)y;
        float sum[4] = {0};
        texel(s, x, y, (1 - fx) * (1 - fy), sum);
        texel(s, x + 1, y, fx * (1 - fy), sum);
        texel(s, x, y + 1, (1 - fx) * fy, sum);
        texel(s, x + 1, y + 1, fx * fy, sum);
        const float through = 1 - sum[3] * (1.0f / 255);
        for (int k = 0; k < 3; k++) {
            float *c = planes + (size_t)k * count + i;
            *c = *c * through + sum[k];
        }
    }
}

static void draw_strip(const Strip *s, int width, int height, float *map, float *planes) {
    for (int i = 0; i < width * height; i++) map[3 * i] = nowhere;
    const int n = s->columns;
    for (int i = 0; i + 1 < n; i++) {
        const int at[4] = {i, i + 1, i + n, i + n + 1};
        Corner c[4];
        for (int k = 0; k < 4; k++)
            c[k] = (Corner){s->points[2 * at[k]], s->points[2 * at[k] + 1], s->texels[2 * at[k]],
                            s->texels[2 * at[k] + 1], 0, 0};
        const Corner upper[3] = {c[0], c[1], c[2]}, lower[3] = {c[1], c[3], c[2]};
        fill_triangle(upper, map, 0, width, height);
        fill_triangle(lower, map, 0, width, height);
    }
    put_strip(s, map, width * height, planes);
}

static void shade_row(const MouthLook *look, float y, int width, float *restrict r,
                      float *restrict g, float *restrict b) {
    const MouthLook here = *look, *m = &here; /* a copy that the rows cannot alias */
    const float *restrict tops = m->top, *restrict bottoms = m->bottom, *restrict light = m->light;
    const float *restrict corners = m->corner_share, *restrict fades = m->fade;
    const float *restrict seams = m->seam_share;
    const float wu = m->wet_above * m->wet_above, wl = m->wet_below * m->wet_below;
    for (int x = 0; x < width; x++) {
        float below = (y - tops[x]) * m->per_mm, above = (bottoms[x] - y) * m->per_mm;
        below = below > 0 ? below : 0;
        above = above > 0 ? above : 0;
        float shade = 1 - m->depth_below * quick_exp(-below * m->reach_below) -
                      m->depth_above * quick_exp(-above * m->reach_above);
        shade *= light[x];
        shade = shade > 0.06f ? shade : 0.06f;
        shade = shade < 1 ? shade : 1;
        const float dark = quick_log(shade);
        const float upper = m->share_above * quick_exp(-above * above * wu);
        const float lower = m->share_below * quick_exp(-below * below * wl);
        const float corner = corners[x], fade = fades[x], seam = seams[x];
#define TINT(plane, k)                                              \
    {                                                               \
        float c = plane[x] * quick_exp(dark * m->warmth[k]);        \
        c += (m->corner[k] - c) * corner;                           \
        c += (m->wet_upper[k] * fade - c) * upper;                  \
        c += (m->wet_lower[k] * fade - c) * lower;                  \
        plane[x] = c + (m->seam[k] - c) * seam;                     \
    }
        TINT(r, 0)
        TINT(g, 1)
        TINT(b, 2)
#undef TINT
    }
}

/* Index of a px beyond an edge, mirrored without repeating the last, as OpenCV does. */
static int mirrored(int i, int count) {
    if (count == 1) return 0;
    while (i < 0 || i >= count) i = i < 0 ? -i : 2 * (count - 1) - i;
    return i;
}

/* Gaussian blur along the rows of a plane, in place; line: (2 * MOST_TAPS + width) scratch. */
static void soften(float *plane, int width, int height, float sigma, float *line) {
    float taps[MOST_TAPS + 1];
    int reach = (int)(4 * sigma + 0.5f);
    if (reach < 1) return;
    reach = reach > MOST_TAPS ? MOST_TAPS : reach;
    float sum = 0;
    for (int i = 0; i <= reach; i++) {
        taps[i] = quick_exp(-(float)(i * i) / (2 * sigma * sigma));
        sum += i ? 2 * taps[i] : taps[i];
    }
    for (int i = 0; i <= reach; i++) taps[i] /= sum;
    float *in = line + reach;
    for (int y = 0; y < height; y++) {
        float *row = plane + (size_t)y * width;
        memcpy(in, row, (size_t)width * sizeof(float));
        for (int i = 1; i <= reach; i++) {
            in[-i] = row[mirrored(-i, width)];
            in[width - 1 + i] = row[mirrored(width - 1 + i, width)];
        }
        for (int x = 0; x < width; x++) row[x] = taps[0] * in[x];
        for (int i = 1; i <= reach; i++)
            for (int x = 0; x < width; x++) row[x] += taps[i] * (in[x - i] + in[x + i]);
    }
}

/* The same down the columns, from one plane to another. */
static void soften_down(const float *plane, int width, int height, float sigma, float *out) {
    float taps[MOST_TAPS + 1];
    int reach = (int)(4 * sigma + 0.5f);
    reach = reach < 0 ? 0 : reach > MOST_TAPS ? MOST_TAPS : reach;
    float sum = 0;
    for (int i = 0; i <= reach; i++) {
        taps[i] = quick_exp(-(float)(i * i) / (2 * sigma * sigma));
        sum += i ? 2 * taps[i] : taps[i];
    }
    for (int y = 0; y < height; y++) {
        float *row = out + (size_t)y * width;
        for (int x = 0; x < width; x++) row[x] = 0;
        for (int i = -reach; i <= reach; i++) {
            const float *from = plane + (size_t)mirrored(y + i, height) * width;
            const float tap = taps[i < 0 ? -i : i] / sum;
            for (int x = 0; x < width; x++) row[x] += tap * from[x];
        }
    }
}

/* Draw into a box of the picture (rows of stride px) whose first px is picture. mask: (height, width)
 * 0..1, how much of the inside is seen; scratch: 6 * width * height + 4 * width + 1024
 * floats. */
EXPORT void visavis_mouth(const MouthLook *look, const Strip *strips, int count, const float *mask,
                          int width, int height, uint8_t *picture, int stride, float *scratch) {
    const int size = width * height;
    float *planes = scratch, *map = scratch + (size_t)3 * size, *line = map + (size_t)3 * size;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < size; i++) planes[(size_t)k * size + i] = look->cavity[k];
    for (int i = 0; i < count; i++) draw_strip(strips + i, width, height, map, planes);
    for (int y = 0; y < height; y++) {
        float *row = planes + (size_t)y * width;
        shade_row(look, (float)y + 0.5f, width, row, row + size, row + 2 * (size_t)size);
    }
    for (int k = 0; k < 3; k++) {
        float *plane = planes + (size_t)k * size, *soft = map + (size_t)k * size;
        soften(plane, width, height, look->sigma, line);
        soften_down(plane, width, height, look->sigma, soft);
    }
    for (int y = 0; y < height; y++) {
        uint8_t *row = picture + (size_t)y * stride * 4;
        for (int x = 0; x < width; x++)
            for (int k = 0; k < 3; k++) {
                const float seen = mask[y * width + x], was = row[4 * x + k];
                const float c = was + (map[(size_t)k * size + y * width + x] - was) * seen;
                row[4 * x + k] = (uint8_t)clampf(c + 0.5f, 0, 255);
            }
    }
}
