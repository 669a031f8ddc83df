/* The person straight into I420, without a picture in between; and boxes of it as RGBA, where mouth
 * and eyes are drawn.
 */
#include "planes.h"

static int at_least(int value, int least) { return value > least ? value : least; }
static int at_most(int value, int most) { return value < most ? value : most; }

static inline uint8_t rounded(int value) {
    value = (value + 0x8000) >> 16; /* up to half a step over 255 */
    return (uint8_t)(value > 255 ? 255 : value);
}

/* RGBA, premultiplied, (height, width, 4), as planes with rows of stride texels. Full range of
 * BT.601. */
EXPORT void visavis_split(const uint8_t *rgba, int width, int height, int stride, uint8_t *luma,
                          uint8_t *alpha, uint8_t *chroma) {
    for (int row = 0; row < height; row++) {
        const uint8_t *px = rgba + (size_t)row * width * 4;
        uint8_t *restrict y = luma + (size_t)row * stride;
        uint8_t *restrict a = alpha + (size_t)row * stride;
        for (int i = 0; i < width; i++, px += 4) {
            y[i] = rounded(19595 * px[0] + 38470 * px[1] + 7471 * px[2]);
            a[i] = px[3];
        }
    }
    for (int row = 0; row < height; row += 2) {
        const uint8_t *upper = rgba + (size_t)row * width * 4;
        const uint8_t *lower = row + 1 < height ? upper + (size_t)width * 4 : upper;
        uint8_t *restrict c = chroma + (size_t)row * stride; /* half the rows, twice the bytes */
        for (int i = 0; i < width; i += 2) {
            const int next = i + 1 < width ? 4 * i + 4 : 4 * i;
            int sum[3];
            for (int k = 0; k < 3; k++)
                sum[k] = upper[4 * i + k] + upper[next + k] + lower[4 * i + k] + lower[next + k];
            c[i] = rounded((-11059 * sum[0] - 21709 * sum[1] + 32768 * sum[2]) / 4 + 128 * 65536);
            c[i + 1] = rounded((32768 * sum[0] - 27439 * sum[1] - 5329 * sum[2]) / 4 + 128 * 65536);
        }
    }
}

#define LINE 64 /* bytes that come into the cache at once */

/* Ask for the texels a line further to the right of a patch: most of a patch's time is waiting. */
static inline void ask_ahead(const Planes *t, const Cell corner[4]) {
    const float bottom = (float)(t->height - 1);
    const float top = clampf(corner[1][1], 0, bottom);
    const float low = clampf(corner[3][1] + 1, top, bottom);
    const int x = (int)clampf(corner[1][0] + LINE, 0, (float)(t->stride - 1));
    const int first = (int)top, last = (int)low;
    for (int y = first; y <= last; y++) {
        __builtin_prefetch(t->luma + (size_t)y * (size_t)t->stride + (size_t)x);
        if (!(y & 1)) __builtin_prefetch(t->chroma + (size_t)y * (size_t)t->stride + (size_t)x);
    }
}

/* What the texels between two corners hold, those that a look-up touches. */
static int covered(const Planes *t, Cell low, Cell high) {
    const int columns = (t->width + COVER - 1) / COVER, rows = (t->height + COVER - 1) / COVER;
    const float last[2] = {(float)(columns - 1), (float)(rows - 1)};
    const int x0 = (int)clampf(low[0] * (1.0f / COVER), 0, last[0]);
    const int y0 = (int)clampf(low[1] * (1.0f / COVER), 0, last[1]);
    const int x1 = (int)clampf(high[0] * (1.0f / COVER), (float)x0, last[0]);
    const int y1 = (int)clampf(high[1] * (1.0f / COVER), (float)y0, last[1]);
    const int first = t->cover[y0 * columns + x0];
    if (first == SOME) return SOME;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            if (t->cover[y * columns + x] != first) return SOME;
    return first;
}

static inline Cell corner_of(const Person *p, Cell cell) {
    const Cell origin = {p->texture_left, p->texture_top, 0, 0};
    const Cell low = {-FURTHEST, -FURTHEST, 0, 0}, high = {FURTHEST, FURTHEST, 1.5f, 0};
    /* what is not a number becomes low */
    return lower_of(upper_of(cell - origin, low), high);
}

/* Whether a patch is drawn anew anyway. */
static int within(int x, int y, const int32_t *boxes, int count) {
    for (int i = 0; i < count; i++) {
        const int32_t *box = boxes + 4 * i;
        if (x >= box[0] && y >= box[1] && x + STEP <= box[2] && y + STEP <= box[3]) return 1;
    }
    return 0;
}

/* Part of a patch that is drawn, px of it; all even. */
typedef struct {
    int x0, y0, x1, y1;
} Part;

static void copy(const uint8_t *from, int from_stride, uint8_t *to, int to_stride, int width,
                 int height) {
    for (int y = 0; y < height; y++)
        memcpy(to + (size_t)y * to_stride, from + (size_t)y * from_stride, (size_t)width);
}

/* A patch at the edge of what is drawn: drawn aside, and the part copied to planes. */
static void draw_part(const Planes *t, const Patch *patch, uint8_t *const planes[3], int stride,
                      Part part) {
    uint8_t aside[3][STEP * STEP] = {{0}}, *at[3];
    const int width = part.x1 - part.x0, height = part.y1 - part.y0;
    for (int k = 0; k < 3; k++) {
        const int half = k ? 2 : 1;
        at[k] = aside[k] + part.y0 / half * (STEP / half) + part.x0 / half;
        copy(planes[k], stride / half, at[k], STEP / half, width / half, height / half);
    }
    draw_patch(t, patch, aside[0], aside[1], aside[2], STEP);
    for (int k = 0; k < 3; k++) {
        const int half = k ? 2 : 1;
        copy(at[k], STEP / half, planes[k], stride / half, width / half, height / half);
    }
}

/* What lies behind, of a box from x0, y0 to x1, y1; planes of both: (height * 3 / 2, width). */
static void lay(const Person *p, const uint8_t *behind, int x0, int y0, int x1, int y1,
                uint8_t *out) {
    if (x0 >= x1 || y0 >= y1) return;
    const size_t at = (size_t)y0 * p->width + x0;
    const size_t half = (size_t)(y0 / 2) * (p->width / 2) + x0 / 2;
    const size_t blue = (size_t)p->width * p->height;
    const size_t red = blue + (size_t)(p->width / 2) * (p->height / 2);
    const size_t starts[3] = {at, blue + half, red + half};
    for (int k = 0; k < 3; k++) {
        const int part = k ? 2 : 1, stride = p->width / part;
        copy(behind + starts[k], stride, out + starts[k], stride,
             (x1 + part - 1) / part - x0 / part, (y1 + part - 1) / part - y0 / part);
    }
}

/* The person over what lies behind, I420 of (height * 3 / 2, width). box: x0, y0, x1, y1, the
 * part of the picture that he may cover, all even, and more boxes after it, count of them, that are
 * drawn later; shaded: whether the gain is worth applying. */
void visavis_planes(const Person *p, const Planes *t, const int32_t *box, int count,
                           int shaded, const uint8_t *behind, uint8_t *out) {
    const int left = p->left + STEP / 2, top = p->top + STEP / 2, width = p->width;
    const int x0 = at_least(box[0], 0), x1 = at_most(box[2], width);
    const int y0 = at_least(box[1], 0), y1 = at_most(box[3], p->height);
    uint8_t *blue = out + (size_t)width * p->height;
    uint8_t *red = blue + (size_t)(width / 2) * (p->height / 2);
    /* he hides most of it: what is drawn over is not laid before */
    lay(p, behind, 0, 0, width, y0, out);
    lay(p, behind, 0, y0, x0, y1, out);
    lay(p, behind, x1, y0, width, y1, out);
    lay(p, behind, 0, y1, width, p->height, out);
    for (int row = 0; row + 1 < p->rows; row++) {
        const Cell *upper = p->map + (size_t)row * p->columns, *lower = upper + p->columns;
        const int y = top + row * STEP;
        int low = 0; /* where the boxes end */
        for (int i = 1; i <= count; i++) low = at_least(low, box[4 * i + 3]);
        const int from = at_least(y0, y), past = at_most(y1, y + STEP);
        Patch patch = {{{0}, corner_of(p, upper[0]), {0}, corner_of(p, lower[0])}, 0, 0};
        Cell *corner = patch.corner;
        int line = -1;
        int bare = x0; /* up to where it is laid what shows; runs of it are laid at once */
        for (int column = 0; column + 1 < p->columns; column++) {
            corner[0] = corner[1];
            corner[2] = corner[3];
            corner[1] = corner_of(p, upper[column + 1]);
            corner[3] = corner_of(p, lower[column + 1]);
            const int x = left + column * STEP;
            const Part part = {at_least(x0 - x, 0), at_least(y0 - y, 0), at_most(x1 - x, STEP),
                               at_most(y1 - y, STEP)};
            if (part.x0 >= part.x1 || part.y0 >= part.y1) continue;
            const int kind =
                covered(t, lower_of(lower_of(corner[0], corner[1]), lower_of(corner[2], corner[3])),
                        upper_of(upper_of(corner[0], corner[1]), upper_of(corner[2], corner[3])));
            if (kind == EMPTY) continue;
            const int later = y < low && within(x, y, box + 4, count);
            lay(p, behind, bare, from, kind == FULL || later ? x + part.x0 : x + part.x1, past, out);
            bare = x + part.x1;
            if (later) continue;
            const int here = (int)(corner[1][0] * (1.0f / LINE));
            if (here != line) ask_ahead(t, corner);
            line = here;
            patch.mixed = kind != FULL;
            patch.shaded = shaded && (corner[0][2] != 1 || corner[1][2] != 1 ||
                                      corner[2][2] != 1 || corner[3][2] != 1);
            const size_t at = (size_t)(y + part.y0) * width + (x + part.x0);
            const size_t half = (size_t)((y + part.y0) / 2) * (width / 2) + (x + part.x0) / 2;
            uint8_t *planes[3] = {out + at, blue + half, red + half};
            if (part.x1 - part.x0 == STEP && part.y1 - part.y0 == STEP)
                draw_patch(t, &patch, planes[0], planes[1], planes[2], width);
            else
                draw_part(t, &patch, planes, width, part);
        }
        lay(p, behind, bare, from, x1, past, out);
    }
}

/* Full range luma and chroma, 64 times, and alpha to RGBA. */
static inline uint32_t rgba(int y, int u, int v, int alpha) {
    const uint32_t r = clamped((y + v + product(v, 13173) + 32) >> 6);
    const uint32_t g = clamped((y - product(u, 11276) - product(v, 23401) + 32) >> 6);
    const uint32_t b = clamped((y + 2 * u - product(u, 7471) + 32) >> 6);
    return r | g << 8 | b << 16 | (uint32_t)alpha << 24;
}

static void behind_row(const Person *p, const uint8_t *planes, int x0, int y, int count,
                       uint32_t *out) {
    const int width = p->width;
    const uint8_t *luma = planes + (size_t)y * width + x0;
    const uint8_t *blue = planes + (size_t)width * p->height + (size_t)(y / 2) * (width / 2);
    const uint8_t *red = blue + (size_t)(width / 2) * (p->height / 2);
    for (int i = 0; i < count; i++) {
        const int c = (x0 + i) / 2;
        out[i] = rgba((luma[i] - 16) * 64 * 255 / 219, (blue[c] - 128) * 64 * 255 / 224,
                      (red[c] - 128) * 64 * 255 / 224, 255);
    }
}

/* A box of the person with a map of its own at full resolution, (y1 - y0, x1 - x0), over I420 planes
 * behind him, into a picture (height, width, 4). */
EXPORT void visavis_box(const Person *p, const Planes *t, const Cell *map, const int32_t *box,
                        int shaded, const uint8_t *behind, uint8_t *picture) {
    float u[CHUNK], v[CHUNK];
    int16_t luma[CHUNK], alpha[CHUNK], blue[CHUNK], red[CHUNK], gain[CHUNK];
    uint32_t person[CHUNK], back[CHUNK];
    const Cell origin = {p->texture_left, p->texture_top, 0, 0};
    const int x0 = box[0], y0 = box[1], x1 = box[2], y1 = box[3];
    if (x0 < 0 || y0 < 0 || x1 > p->width || y1 > p->height) return;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x += CHUNK) {
            const int n = at_most(x1 - x, CHUNK);
            const Cell *from = map + (size_t)(y - y0) * (x1 - x0) + (x - x0);
            Cell low = from[0] - origin, high = low;
            for (int i = 0; i < n; i++) {
                const Cell cell = from[i] - origin;
                u[i] = cell[0];
                v[i] = cell[1];
                low = lower_of(low, cell);
                high = upper_of(high, cell);
                if (shaded)
                    gain[i] = (int16_t)((int)(clampf(cell[2], 0.5f, 1.49f) * 256 + 0.5f) - 256);
            }
            const int kind = covered(t, low, high);
            look_up_row(t, u, v, n, luma, kind == FULL ? 0 : alpha, blue, red);
            if (kind == FULL)
                for (int i = 0; i < n; i++) alpha[i] = 255 * 64;
            for (int i = 0; i < n; i++)
                person[i] = rgba(luma[i], blue[i] - 128 * 64, red[i] - 128 * 64,
                                 (alpha[i] + 32) >> 6);
            if (shaded) brighten_row((uint8_t *)person, gain, n);
            uint8_t *target = picture + ((size_t)y * p->width + x) * 4;
            if (kind == FULL) {
                memcpy(target, person, (size_t)n * 4);
            } else {
                behind_row(p, behind, x, y, n, back);
                over_row((const uint8_t *)person, (const uint8_t *)back, n, target);
            }
        }
}
