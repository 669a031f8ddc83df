/* The person: texels through the map, over what lies behind, times the gain. */
#include "kernel.h"

#define LONGEST (CHUNK + 2 * STEP)

/* A stretch of a row: texel positions, and gain above 1 in 1/256. */
typedef struct {
    float u[LONGEST], v[LONGEST];
    int16_t gain[LONGEST];
    int start;         /* where the stretch begins in these */
    int first, past;   /* from where to where some gain is not 0 */
} Stretch;

static inline int16_t above_one(float gain) {
    return (int16_t)((int)(clampf(gain, 0.5f, 1.49f) * 256 + 0.5f) - 256);
}

/* The coarse map between cells; the stretch lies between the centres of the outermost cells. */
static void enlarge(const Person *p, int x, int y, int count, int shaded, Stretch *out) {
    Cell line[LONGEST / STEP + 1];
    const int below = y - p->top - STEP / 2, beyond = x - p->left - STEP / 2;
    const int row = below / STEP, cell = beyond / STEP;
    out->start = beyond - cell * STEP;
    const int cells = (out->start + count + STEP - 1) / STEP;
    const float down = ((float)(below - row * STEP) + 0.5f) * (1.0f / STEP);
    const Cell *upper = p->map + (size_t)row * p->columns + cell, *lower = upper + p->columns;
    for (int i = 0; i <= cells; i++) line[i] = upper[i] + (lower[i] - upper[i]) * down;
    for (int i = 0; i < cells; i++) {
        const Cell a = line[i], step = (line[i + 1] - a) * (1.0f / STEP);
        for (int k = 0; k < STEP; k++) {
            out->u[STEP * i + k] = a[0] - p->texture_left + step[0] * ((float)k + 0.5f);
            out->v[STEP * i + k] = a[1] - p->texture_top + step[1] * ((float)k + 0.5f);
        }
    }
    out->first = out->past = 0;
    for (int i = 0; shaded && i < cells; i++) {
        const float here = line[i][2], next = line[i + 1][2];
        if (here == 1.0f && next == 1.0f) {
            memset(out->gain + STEP * i, 0, STEP * sizeof(int16_t));
            continue;
        }
        const float step = (next - here) * (1.0f / STEP);
        for (int k = 0; k < STEP; k++)
            out->gain[STEP * i + k] = above_one(here + step * ((float)k + 0.5f));
        if (!out->past) out->first = STEP * i;
        out->past = STEP * (i + 1);
    }
}

static void put(const Person *p, const Stretch *s, int x, int y, int count, int mixed) {
    uint8_t texels[4 * CHUNK];
    const size_t at = ((size_t)y * p->width + x) * 4;
    uint8_t *target = p->picture + at;
    sample_row(&p->texture, s->u + s->start, s->v + s->start, count, mixed ? texels : target);
    const int first = s->first > s->start ? s->first - s->start : 0;
    const int past = s->past - s->start < count ? s->past - s->start : count;
    if (past > first)
        brighten_row((mixed ? texels : target) + 4 * first, s->gain + s->start + first,
                     past - first);
    if (mixed) over_row(texels, p->behind + at, count, target);
}

static int at_least(int value, int least) { return value > least ? value : least; }
static int at_most(int value, int most) { return value < most ? value : most; }

/* Draw boxes of the person. boxes: (count, 5) x0, y0, x1, y1 in output px, and whether the backdrop
 * may show through; shaded: whether the gain is worth applying. */
EXPORT void visavis_person(const Person *p, const int32_t *boxes, int count, int shaded) {
    Stretch stretch;
    /* between the centres of the map's outermost cells */
    const int left = at_least(p->left + STEP / 2, 0), top = at_least(p->top + STEP / 2, 0);
    const int right = at_most(p->left + p->columns * STEP - STEP / 2, p->width);
    const int bottom = at_most(p->top + p->rows * STEP - STEP / 2, p->height);
    for (int i = 0; i < count; i++) {
        const int32_t *box = boxes + 5 * i;
        const int x0 = at_least(box[0], left), x1 = at_most(box[2], right);
        const int y1 = at_most(box[3], bottom);
        for (int y = at_least(box[1], top); y < y1; y++)
            for (int x = x0; x < x1; x += CHUNK) {
                const int n = at_most(x1 - x, CHUNK);
                enlarge(p, x, y, n, shaded, &stretch);
                put(p, &stretch, x, y, n, box[4]);
            }
    }
}

/* The same for one box with a map of its own at full resolution, (y1 - y0, x1 - x0). */
EXPORT void visavis_patch(const Person *p, const Cell *map, int x0, int y0, int x1, int y1,
                          int shaded) {
    Stretch stretch;
    stretch.start = stretch.first = 0;
    if (x0 < 0 || y0 < 0 || x1 > p->width || y1 > p->height) return;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x += CHUNK) {
            const int n = at_most(x1 - x, CHUNK);
            const Cell *from = map + (size_t)(y - y0) * (x1 - x0) + (x - x0);
            for (int i = 0; i < n; i++) {
                stretch.u[i] = from[i][0] - p->texture_left;
                stretch.v[i] = from[i][1] - p->texture_top;
                stretch.gain[i] = above_one(from[i][2]);
            }
            stretch.past = shaded ? n : 0;
            put(p, &stretch, x, y, n, 1);
        }
}

/* Part of the coarse map at full resolution, (y1 - y0, x1 - x0); the box lies between the centres of
 * the map's outermost cells, as every box of the picture does. */
EXPORT void visavis_enlarge(const Person *p, int x0, int y0, int x1, int y1, Cell *out) {
    const int left = p->left + STEP / 2, top = p->top + STEP / 2;
    if (x0 < left || y0 < top || x1 > left + (p->columns - 1) * STEP ||
        y1 > top + (p->rows - 1) * STEP)
        return;
    for (int y = y0; y < y1; y++) {
        const int row = (y - top) / STEP;
        const float down = ((float)(y - top - row * STEP) + 0.5f) * (1.0f / STEP);
        const Cell *upper = p->map + (size_t)row * p->columns, *lower = upper + p->columns;
        for (int x = x0; x < x1;) {
            const int cell = (x - left) / STEP, past = at_most(left + (cell + 1) * STEP, x1);
            const Cell a = upper[cell] + (lower[cell] - upper[cell]) * down;
            const Cell b = upper[cell + 1] + (lower[cell + 1] - upper[cell + 1]) * down;
            const Cell step = (b - a) * (1.0f / STEP);
            for (; x < past; x++)
                *out++ = a + step * ((float)(x - left - cell * STEP) + 0.5f);
        }
    }
}
