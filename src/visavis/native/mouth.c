/* The inside of the mouth: strips of tongue and teeth in a dark cavity, shade, the wet lining, a soft
 * lens; as render/mouth.py, fused.
 */
#include "curves.h"
#include "mouth.h"

#define MOST_TAPS 64
#define PARTS 4       /* of a column of px, at the edge of the lips */
#define WIDER 0.125f  /* px: OpenCV's polygons hold what their edge touches */

/* What light does in each column of the box; (width,) each. */
typedef struct {
    float *top, *bottom;         /* edges of the lips, px */
    float *light, *corner, *fade, *seam;
    float wet_above, wet_below;  /* how far the linings reach, 1 / mm */
} Columns;

static const float nowhere = -1e3f;

/* A row of a strip over the planes of colours; where it is not, the map leads beyond its border. */
static void put_row(const Texture *t, const Cell *map, int count, float *restrict r,
                    float *restrict g, float *restrict b) {
    float u[CHUNK], v[CHUNK];
    uint32_t texels[CHUNK];
    for (int i = 0; i < count; i++) {
        u[i] = map[i][0];
        v[i] = map[i][1];
    }
    sample_row(t, u, v, count, (uint8_t *)texels);
    for (int i = 0; i < count; i++) {
        const uint32_t c = texels[i];
        const float through = 1 - (float)(int)(c >> 24) * (1.0f / 255);
        r[i] = r[i] * through + (float)(int)(c & 255);
        g[i] = g[i] * through + (float)(int)((c >> 8) & 255);
        b[i] = b[i] * through + (float)(int)((c >> 16) & 255);
    }
}

static void put_strip(const Strip *s, const Cell *map, int width, int height, float *planes) {
    const Texture t = {s->pixels, s->width, s->height};
    const size_t size = (size_t)width * (size_t)height;
    for (int y = 0; y < height; y++) {
        const Cell *row = map + (size_t)y * (size_t)width;
        int first = 0, past = width;
        while (first < past && row[first][0] == nowhere) first++;
        while (past > first && row[past - 1][0] == nowhere) past--;
        for (int x = first; x < past; x += CHUNK) {
            float *r = planes + (size_t)y * (size_t)width + x;
            const int n = past - x < CHUNK ? past - x : CHUNK;
            put_row(&t, row + x, n, r, r + size, r + 2 * size);
        }
    }
}

static void draw_strip(const MouthLook *look, const Strip *s, int width, int height, Cell *map,
                       float *planes) {
    for (int i = 0; i < width * height; i++) map[i][0] = nowhere;
    const int n = s->columns;
    const float *ax = look->axes, *ay = ax + 2, *az = ax + 4;
    Corner last[2] = {{0}};
    for (int i = 0; i < n; i++) {
        const float x = s->x[i], z = s->rows[2 * n + i];
        Corner here[2];
        for (int k = 0; k < 2; k++) {
            const float y = s->rows[k * n + i];
            here[k] = (Corner){
                look->origin[0] + look->jaw_shift[0] * s->jaw + x * ax[0] + z * az[0] + y * ay[0],
                look->origin[1] + look->jaw_shift[1] * s->jaw + x * ax[1] + z * az[1] + y * ay[1],
                {(x - s->x[0]) * look->texels_per_mm + 0.5f,
                 (k ? (float)s->height - 2 : 0) + 0.5f, 0, 0}};
        }
        if (i) {
            const Corner upper[3] = {last[0], here[0], last[1]};
            const Corner lower[3] = {here[0], here[1], last[1]};
            fill_triangle(upper, 0, map, width, height);
            fill_triangle(lower, 0, map, width, height);
        }
        last[0] = here[0];
        last[1] = here[1];
    }
    put_strip(s, map, width, height, planes);
}

/* Height of a contour in the middle of each column, level beyond its ends. */
static void line_of(const float *contour, int count, int width, float *out) {
    int i = 0;
    for (int x = 0; x < width; x++) {
        const float at = (float)x + 0.5f;
        while (i + 1 < count && contour[2 * i + 2] <= at) i++;
        const float *a = contour + 2 * i, *b = a + (i + 1 < count ? 2 : 0);
        const float way = b[0] - a[0];
        out[x] = at <= a[0] || !(way > 0) ? a[1] : a[1] + (b[1] - a[1]) * ((at - a[0]) / way);
    }
}

static void columns_of(const MouthLook *look, int width, Columns *c) {
    line_of(look->upper, look->count, width, c->top);
    line_of(look->lower, look->count, width, c->bottom);
    float widest = 0;
    for (int x = 0; x < width; x++) {
        const float gap = (c->bottom[x] - c->top[x]) * look->per_mm;
        widest = gap > widest ? gap : widest;
    }
    const float opened = clampf(widest / 7, 0, 1), light = (0.88f + 0.12f * opened) * look->light;
    const float first = look->upper[0], last = look->upper[2 * (look->count - 1)];
    const float middle = 0.5f * (first + last);
    const float half = 0.5f * (last - first) > 1 ? 0.5f * (last - first) : 1;
    c->wet_above = 1 / (0.25f + 0.35f * opened);
    c->wet_below = 1 / (0.2f + 0.35f * opened);
    for (int x = 0; x < width; x++) {
        const float gap = (c->bottom[x] - c->top[x]) * look->per_mm;
        float t = ((float)x + 0.5f - middle) / half;
        t = t < 0 ? -t : t;
        const float inside = t < 1 ? t : 1, cube = inside * inside * inside;
        const float power = quick_exp(2.6f * quick_log(inside > 1e-6f ? inside : 1e-6f));
        const float aside = clampf((t - 0.68f) / 0.32f, 0, 1);
        c->light[x] = (1 - 0.62f * power) * light;
        c->corner[x] = 0.85f * quick_exp(1.5f * quick_log(aside > 1e-6f ? aside : 1e-6f));
        c->fade[x] = 1 - 0.5f * cube;
        /* wider towards the corners, where lips part with a round edge */
        const float parted = ((gap > 0 ? gap : 0) - look->seam_mm) /
                             (1.1f + 1.3f * opened * cube * inside);
        c->seam[x] = 1 - clampf(parted, 0, 1);
    }
}

/* One edge of the hole: what lies below it, in steps of a part of a column; + left to right. */
static void cover_below(const float *a, const float *b, float more, int width, int height,
                        float *steps) {
    const float sign = b[0] > a[0] ? 1.0f : -1.0f;
    const float *left = b[0] > a[0] ? a : b, *right = b[0] > a[0] ? b : a;
    const float slope = (right[1] - left[1]) / (right[0] - left[0]);
    const float low = clampf(left[0] * PARTS + 0.5f, 0, (float)(width * PARTS));
    const float high = clampf(right[0] * PARTS + 0.5f, 0, (float)(width * PARTS));
    for (int i = (int)low; i < (int)high; i++) {
        const float x = ((float)i + 0.5f) / PARTS;
        const float y = clampf(left[1] + (x - left[0]) * slope + more, 0, (float)height);
        const int row = (int)y;
        if (row >= height) continue;
        float *at = steps + (size_t)row * width + i / PARTS;
        const float part = y - (float)row;
        at[0] += sign * (1 - part) / PARTS;
        if (row + 1 < height) at[width] += sign * part / PARTS;
    }
}

/* How much of each px lies between the lips, (height, width) 0..1. */
static void cover(const MouthLook *look, int width, int height, float *mask) {
    memset(mask, 0, (size_t)width * height * sizeof(float));
    const int last = 2 * (look->count - 1);
    for (int i = 0; i < last; i += 2) {
        cover_below(look->upper + i, look->upper + i + 2, -WIDER, width, height, mask);
        cover_below(look->lower + i + 2, look->lower + i, WIDER, width, height, mask);
    }
    cover_below(look->upper + last, look->lower + last, 0, width, height, mask);
    cover_below(look->lower, look->upper, 0, width, height, mask);
    for (int i = width; i < width * height; i++) mask[i] += mask[i - width];
    for (int i = 0; i < width * height; i++) mask[i] = clampf(mask[i], 0, 1);
}

static void shade_row(const MouthLook *look, const Columns *columns, float y, int width,
                      float *restrict r, float *restrict g, float *restrict b) {
    const MouthLook here = *look, *m = &here; /* a copy that the rows cannot alias */
    const float *restrict tops = columns->top, *restrict bottoms = columns->bottom;
    const float *restrict light = columns->light, *restrict corners = columns->corner;
    const float *restrict fades = columns->fade, *restrict seams = columns->seam;
    const float wu = columns->wet_above * columns->wet_above;
    const float wl = columns->wet_below * columns->wet_below;
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

/* Draw into a box of the picture (rows of stride px) whose first px is picture. scratch:
 * 8 * width * height + 7 * width + 1024 floats. */
EXPORT void visavis_mouth(const MouthLook *look, const Strip *strips, int count, int width,
                          int height, uint8_t *picture, int stride, float *scratch) {
    const int size = width * height;
    if (look->count < 2) return;
    float *planes = scratch, *map = scratch + (size_t)3 * size, *mask = map + (size_t)4 * size;
    float *line = mask + size, *column = line + width + 2 * MOST_TAPS;
    Columns columns = {column,             column + width,     column + 2 * width,
                       column + 3 * width, column + 4 * width, column + 5 * width, 0, 0};
    columns_of(look, width, &columns);
    cover(look, width, height, map);
    soften(map, width, height, look->edge, line);
    soften_down(map, width, height, look->edge, mask);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < size; i++) planes[(size_t)k * size + i] = look->cavity[k];
    for (int i = 0; i < count; i++) draw_strip(look, strips + i, width, height, (Cell *)map, planes);
    for (int y = 0; y < height; y++) {
        float *row = planes + (size_t)y * width;
        shade_row(look, &columns, (float)y + 0.5f, width, row, row + size,
                  row + 2 * (size_t)size);
    }
    for (int k = 0; k < 3; k++) {
        float *plane = planes + (size_t)k * size, *soft = map + (size_t)k * size;
        soften(plane, width, height, look->lens, line);
        soften_down(plane, width, height, look->lens, soft);
    }
    for (int y = 0; y < height; y++) {
        uint8_t *row = picture + (size_t)y * stride * 4;
        for (int x = 0; x < width; x++) {
            const float seen = mask[y * width + x] * look->seen;
            for (int k = 0; k < 3; k++) {
                const float was = row[4 * x + k];
                const float c = was + (map[(size_t)k * size + y * width + x] - was) * seen;
                row[4 * x + k] = (uint8_t)clampf(c + 0.5f, 0, 255);
            }
        }
    }
}
