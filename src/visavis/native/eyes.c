/* Eyes: the ball between the lids, the upper lid, its shadow and lashes; as render/eyes.py, fused.
 *
 * Textures have a border of empty texels, so that a look-up beyond them finds nothing.
 */
#include "curves.h"
#include "eyes.h"

#include <math.h>

typedef struct {
    float margin[CHUNK], upper[CHUNK], lower[CHUNK], bow[CHUNK];
} Columns;

/* A contour's points in the order of their x. */
static void sort_by_x(const float *contour, int count, float *out) {
    for (int i = 0; i < count; i++) {
        const float x = contour[2 * i], y = contour[2 * i + 1];
        int at = i;
        for (; at > 0 && out[2 * (at - 1)] > x; at--) {
            out[2 * at] = out[2 * (at - 1)];
            out[2 * at + 1] = out[2 * (at - 1) + 1];
        }
        out[2 * at] = x;
        out[2 * at + 1] = y;
    }
}

/* Height of a contour at x0 + 0.5, x0 + 1.5, ...; level beyond its ends. */
static void line_of(const float *contour, int points, float x0, int count, float *out) {
    int i = 0;
    for (int k = 0; k < count; k++) {
        const float x = x0 + (float)k + 0.5f;
        while (i < points - 2 && contour[2 * (i + 1)] <= x) i++;
        const float *a = contour + 2 * i, *b = a + 2;
        const float span = b[0] - a[0];
        const float t = span > 0 ? clampf((x - a[0]) / span, 0, 1) : x > a[0];
        out[k] = a[1] + (b[1] - a[1]) * t;
    }
}

static void bow_of(const Eye *e, float x0, int count, float *out) {
    float least = e->margin[0], most = least, sum = 0;
    for (int i = 0; i < e->count; i++) {
        const float x = e->margin[2 * i];
        least = x < least ? x : least;
        most = x > most ? x : most;
        sum += x;
    }
    const float middle = sum / (float)e->count, half = 0.56f * (most - least);
    for (int k = 0; k < count; k++) {
        const float t = (x0 + (float)k + 0.5f - middle) / half;
        out[k] = clampf(1 - t * t, 0, 1);
    }
}

/* From where to where some of a row's shares are not 0. */
typedef struct {
    int first, past;
} Range;

static Range range_of(const float *shares, int count) {
    Range r = {0, count};
    while (r.past > 0 && !(shares[r.past - 1] > 0)) r.past--;
    while (r.first < r.past && !(shares[r.first] > 0)) r.first++;
    return r;
}

/* Look part of a row up; positions in texels of the content, which the border shifts by one. */
static void look_up(const Texture *texture, const float *u, const float *v, float left, float top,
                    Range r, uint8_t *out) {
    float x[CHUNK], y[CHUNK];
    for (int i = r.first; i < r.past; i++) {
        x[i] = u[i] - left + 1;
        y[i] = v[i] - top + 1;
    }
    if (r.past > r.first)
        sample_row(texture, x + r.first, y + r.first, r.past - r.first, out + 4 * r.first);
}

static void ball_row(const EyeTextures *t, const Eye *e, const Columns *c, const Cell *map,
                     float x0, float y, int count, float *restrict rgb) {
    float u[CHUNK], v[CHUNK], seen[CHUNK];
    uint8_t white[4 * CHUNK], iris[4 * CHUNK], glint[4 * CHUNK];
    const float *lid = e->lid_line > 0 ? c->margin : c->upper;
    for (int i = 0; i < count; i++) {
        const float above = clampf((y - lid[i]) * e->soft + 0.5f, 0, 1);
        seen[i] = above * clampf((c->lower[i] - y) * e->soft + 0.5f, 0, 1);
    }
    const Range r = range_of(seen, count);
    for (int i = r.first; i < r.past; i++) {
        const float x = x0 + (float)i + 0.5f;
        u[i] = e->ball[0] * x + e->ball[1] * y + e->ball[2];
        v[i] = e->ball[3] * x + e->ball[4] * y + e->ball[5];
    }
    look_up(&t->iris, u, v, e->iris[0], e->iris[1], r, iris);
    look_up(&t->glint, u, v, e->glint[0], e->glint[1], r, glint);
    if (e->lid_line > 0)
        for (int i = r.first; i < r.past; i++) {
            float hidden = c->upper[i] + e->under - y;
            hidden = hidden > 0 ? hidden : 0;
            u[i] += hidden * e->ball[1];
            v[i] += hidden * e->ball[4];
        }
    look_up(&t->white, u, v, 0, 0, r, white);
    for (int i = r.first; i < r.past; i++) {
        const float share = seen[i] * (float)white[4 * i + 3] * (1.0f / 255);
        const float through = 1 - (float)iris[4 * i + 3] * (1.0f / 255), gain = map[i][2];
        for (int k = 0; k < 3; k++) {
            const float ball = ((float)white[4 * i + k] * through + (float)iris[4 * i + k] +
                                (float)glint[4 * i + k]) * gain;
            rgb[4 * i + k] += (ball - rgb[4 * i + k]) * share;
        }
    }
}

/* The upper lid's skin. */
static void lid_row(const EyeTextures *t, const Eye *e, const Columns *c, const Cell *map,
                    const float down[2], float y, int count, float *restrict rgb) {
    float u[CHUNK], v[CHUNK], covered[CHUNK];
    uint8_t cover[4 * CHUNK], lid[4 * CHUNK], photo[4 * CHUNK];
    for (int i = 0; i < count; i++)
        covered[i] = e->shown * clampf(c->margin[i] - y + 0.5f, 0, 1);
    const Range r = range_of(covered, count);
    for (int i = r.first; i < r.past; i++) u[i] = map[i][0], v[i] = map[i][1];
    look_up(&t->cover, u, v, t->lid_left, t->lid_top, r, cover);
    const float per_mm = 1 / e->mm, room = e->reach - e->rigid;
    if (e->rolls > 0)
        for (int i = r.first; i < r.past; i++) {
            const float moved = c->margin[i] - c->upper[i];
            float above = c->margin[i] - y - e->rigid, length = room + moved;
            above = above > 0 ? above : 0;
            length = length > 1 ? length : 1;
            float gone = above / length;
            gone = gone < 1 ? gone : 1;
            u[i] -= moved * (1 - gone) * down[0];
            v[i] -= moved * (1 - gone) * down[1];
        }
    if (e->turned > 0) look_up(&t->lid, u, v, t->lid_left, t->lid_top, r, lid);
    if (e->turned < 1) look_up(&t->photo, u, v, t->lid_left, t->lid_top, r, photo);
    const float wide = 1 / e->bulge_width;
    for (int i = r.first; i < r.past; i++) {
        const float mm = (c->margin[i] - y) * per_mm, b = (mm - e->bulge_at) * wide;
        const float relief = e->bulge * quick_exp(-b * b) -
                             e->edge * quick_exp(-(mm > 0 ? mm : 0) * (1 / 0.8f));
        const float light = (1 + e->closing * relief * c->bow[i]) * map[i][2];
        const float share = covered[i] * (float)cover[4 * i + 3] * (1.0f / 255);
        for (int k = 0; k < 3; k++) {
            float skin = e->turned > 0 ? (float)lid[4 * i + k] : (float)photo[4 * i + k];
            if (e->turned > 0 && e->turned < 1)
                skin += ((float)photo[4 * i + k] - skin) * (1 - e->turned);
            rgb[4 * i + k] += (skin * light - rgb[4 * i + k]) * share;
        }
    }
}

/* Its shadow on the ball. */
static void shadow_row(const Eye *e, const Columns *c, float y, int count, float *restrict rgb) {
    float ball[CHUNK];
    for (int i = 0; i < count; i++)
        ball[i] = clampf(c->lower[i] - y + 0.5f, 0, 1) * clampf(0.5f - (c->margin[i] - y), 0, 1);
    const Range r = range_of(ball, count);
    for (int i = r.first; i < r.past; i++) {
        const float over = c->margin[i] - y;
        const float under = (over < 0 ? over : 0) / e->mm * (1 / 1.1f);
        const float shade = 1 - e->shadow * quick_exp(-under * under) * sqrtf(c->bow[i]) * ball[i];
        for (int k = 0; k < 3; k++) rgb[4 * i + k] *= shade;
    }
}

/* Rows of the box, height of them, that the lashes' ribbon may touch. */
static Range lash_rows(const Eye *e, int height) {
    float top = 2.0f * (float)height, bottom = 0;
    for (int i = 0; i < 2 * e->count; i++) {
        const float y = clampf(e->lash_points[2 * i + 1], 0, 2.0f * (float)height);
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
    }
    const int first = (int)(top / 2) - 1, past = (int)(bottom / 2) + 2;
    return (Range){first > 0 ? first : 0, past < height ? past : height};
}

/* The lashes' ribbon over rows of a box, at twice its resolution. */
static void lash_map(const Eye *e, int width, int height, Range rows, Cell *map) {
    for (int i = 2 * rows.first * width; i < 2 * rows.past * width; i++)
        map[i] = (Cell){-1e3f, -1e3f, 0, 0};
    for (int i = 0; i + 1 < e->count; i++) {
        const int at[4] = {i, i + 1, i + e->count, i + e->count + 1};
        Corner c[4];
        for (int k = 0; k < 4; k++)
            c[k] = (Corner){e->lash_points[2 * at[k]], e->lash_points[2 * at[k] + 1],
                            {e->lash_texels[2 * at[k]], e->lash_texels[2 * at[k] + 1], 0, 0}};
        const Corner upper[3] = {c[0], c[1], c[2]}, lower[3] = {c[1], c[3], c[2]};
        fill_triangle(upper, 0, map, width, height);
        fill_triangle(lower, 0, map, width, height);
    }
}

/* map: two rows of width texel positions; count px. */
static void lash_row(const EyeTextures *t, const Eye *e, const Cell *map, int width, int count,
                     float *restrict rgb) {
    float u[CHUNK], v[CHUNK];
    uint8_t hairs[4][4 * CHUNK];
    for (int part = 0; part < 4; part++) {
        const Cell *from = map + (size_t)(part / 2) * width + part % 2;
        int any = 0;
        for (int i = 0; i < count; i++) {
            u[i] = from[2 * i][0];
            v[i] = from[2 * i][1];
            any |= u[i] > -1;
        }
        if (any)
            look_up(&t->lashes, u, v, 0, 0, (Range){0, count}, hairs[part]);
        else
            memset(hairs[part], 0, (size_t)count * 4);
    }
    for (int i = 0; i < count; i++) {
        const int sum = hairs[0][4 * i + 3] + hairs[1][4 * i + 3] + hairs[2][4 * i + 3] +
                        hairs[3][4 * i + 3];
        const float opacity = (float)sum * (0.25f / 255) * e->lash_opacity;
        for (int k = 0; k < 3; k++)
            rgb[4 * i + k] += (t->lash_colour[k] - rgb[4 * i + k]) * opacity;
    }
}

/* Draw an eye into a box of a picture (rows of stride px) whose first px is at x0, y0. map:
 * (height, width) what the person shows there; scratch: 4 * width * height cells. */
EXPORT void visavis_eye(const EyeTextures *t, const Eye *e, const Cell *map, int x0, int y0,
                        int width, int height, uint8_t *picture, int stride, Cell *scratch) {
    Columns columns;
    float rgb[4 * CHUNK];
    float upper[2 * MOST_POINTS], lower[2 * MOST_POINTS], margin[2 * MOST_POINTS];
    if (e->count < 2 || e->count > MOST_POINTS || width < 1 || height < 2) return;
    sort_by_x(e->upper, e->count, upper);
    sort_by_x(e->lower, e->count, lower);
    sort_by_x(e->margin, e->count, margin);
    const Cell *top = map + width / 2, *low = top + (size_t)width * (height - 1);
    const float down[2] = {((*low)[0] - (*top)[0]) / (float)(height - 1),
                           ((*low)[1] - (*top)[1]) / (float)(height - 1)};
    const int with_lashes = e->with_lid && e->lash_opacity > 0;
    Range hairs = {0, 0};
    if (with_lashes) {
        hairs = lash_rows(e, height);
        lash_map(e, 2 * width, 2 * height, hairs, scratch);
    }
    for (int left = 0; left < width; left += CHUNK) {
        const int count = width - left < CHUNK ? width - left : CHUNK;
        const float x = (float)(x0 + left);
        line_of(upper, e->count, x, count, columns.upper);
        line_of(lower, e->count, x, count, columns.lower);
        line_of(margin, e->count, x, count, columns.margin);
        bow_of(e, x, count, columns.bow);
        for (int y = 0; y < height; y++) {
            uint8_t *row = picture + ((size_t)y * stride + left) * 4;
            const Cell *from = map + (size_t)y * width + left;
            const float middle = (float)(y0 + y) + 0.5f;
            for (int i = 0; i < 4 * count; i++) rgb[i] = row[i];
            if (e->with_ball) ball_row(t, e, &columns, from, x, middle, count, rgb);
            if (e->with_lid) lid_row(t, e, &columns, from, down, middle, count, rgb);
            if (e->with_lid && e->shadow > 0) shadow_row(e, &columns, middle, count, rgb);
            if (y >= hairs.first && y < hairs.past)
                lash_row(t, e, scratch + (size_t)4 * y * width + 2 * left, 2 * width, count, rgb);
            for (int i = 0; i < 4 * count; i++)
                row[i] = (i & 3) == 3 ? row[i] : (uint8_t)clampf(rgb[i] + 0.5f, 0, 255);
        }
    }
}
