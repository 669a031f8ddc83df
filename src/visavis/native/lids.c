/* Where a pose puts an eyelid and an iris, and how the eye is drawn then; the arithmetic of
 * render/lids.py and render/eye_kernel.py, in double precision where it is Python's there.
 */
#include "lids.h"

#include <math.h>

static double share_of(double value) { return value > 0 ? (value < 1 ? value : 1) : 0; }

static double smooth(const double between[2], double value) {
    const double t = share_of((value - between[0]) / (between[1] - between[0]));
    return t * t * (3 - 2 * t);
}

/* How far the iris looks along the face's axes, mm. */
static void look_of(const EyeRig *r, const float *pose, double look[2]) {
    const int32_t *at = r->entries;
    const double in = pose[at[LOOK_IN]], out = pose[at[LOOK_OUT]];
    const double up = pose[at[LOOK_UP]], down = pose[at[LOOK_DOWN]];
    look[0] = ((double)pose[at[GAZE_X]] + r->outwards * (out - in)) * r->per_degree;
    look[1] = ((double)pose[at[GAZE_Y]] + r->turn * (down - up)) * r->per_degree;
    const double far = hypot(look[0], look[1]), travel = r->most_gaze / (far > 1e-6 ? far : 1e-6);
    for (int k = 0; k < 2; k++) look[k] *= travel < 1 ? travel : 1;
}

/* The upper lid's margin; returns how far that is of its way. */
static double move_lid(const EyeRig *r, const float down[2], double lowered, double shut,
                       const float *upper, const float *lower, float *margin) {
    const int middle = r->count / 2;
    double opening = 0;
    for (int k = 0; k < 2; k++)
        opening += (double)(lower[2 * middle + k] - upper[2 * middle + k]) * (double)down[k];
    double way = r->resting * opening;
    way = way > 1e-3 ? way : 1e-3;
    const double most = r->most_lowered * way;
    lowered = (lowered < most ? lowered : most) * (1 - shut);
    const float gone = (float)(r->resting * shut), low = (float)lowered;
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < 2; k++) {
            const float from = upper[2 * i + k];
            const float shown = from + (lower[2 * i + k] - from) * gone;
            margin[2 * i + k] = shown + r->bow[i] * (down[k] * low);
        }
    const double blink =
        (r->resting * opening * shut + lowered * (double)r->bow[middle]) / way;
    return fabs(blink) > 1e-4 ? (blink < 1 ? blink : 1) : 0;
}

/* Output px to texels of the ball: both corners stay corners, down stays down. */
static void place_ball(const EyeRig *r, const float *upper, const double down[2], float ball[6]) {
    const float *a = upper, *b = upper + 2 * (r->count - 1);
    const double x[2] = {a[0], b[0]}, y[2] = {a[1], b[1]};
    const double ux = x[1] - x[0], uy = y[1] - y[0], area = ux * down[1] - uy * down[0];
    const double one = fabs(area) > 1e-9 ? 1 / area : 0;
    for (int k = 0; k < 2; k++) {
        const double along = r->corners[2 + k] - r->corners[k], low = r->down[k];
        const double middle = (r->corners[k] + r->corners[2 + k]) / 2;
        const double px = (along * down[1] - low * uy) * one, py = (low * ux - along * down[0]) * one;
        const double at = middle - px * (x[0] + x[1]) / 2 - py * (y[0] + y[1]) / 2;
        /* as the geometry has it, in single precision */
        ball[3 * k] = (float)((double)(float)px * r->scale);
        ball[3 * k + 1] = (float)((double)(float)py * r->scale);
        ball[3 * k + 2] = (float)((double)(float)at * r->scale - r->origin[k]);
    }
}

/* Whole px around what is drawn, even, inside a box (at least one px). */
static void place_box(const EyeRig *r, const float *upper, const float *lower, const float *margin,
                      const double reach[4], const int32_t *inside, int32_t *box) {
    float bounds[4], more[4];
    visavis_bounds(upper, r->count, bounds);
    for (int part = 0; part < 2; part++) {
        visavis_bounds(part ? margin : lower, r->count, more);
        for (int k = 0; k < 4; k++)
            bounds[k] = (more[k] > bounds[k]) == (k > 1) ? more[k] : bounds[k];
    }
    for (int k = 0; k < 2; k++) {
        const int32_t low = inside[k], high = inside[2 + k];
        const int first = whole_px(floor((double)bounds[k] - reach[k]), low, high - 1);
        const int past = whole_px(ceil((double)bounds[2 + k] + reach[2 + k]), first + 1, high);
        box[k] = first & ~1;
        box[2 + k] = (past + 1) & ~1;
    }
}

static void place_lashes(const EyeRig *r, const float down[2], const int32_t *box,
                         const float *margin, float *points) {
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < 2; k++) {
            const float local = margin[2 * i + k] - (float)box[k];
            points[2 * i + k] = (local - down[k] * r->lashes[0]) * r->oversample;
            points[2 * (r->count + i) + k] = (local + down[k] * r->lashes[1]) * r->oversample;
        }
}

static double distance(const float *a, const float *b) {
    return hypot((double)b[0] - (double)a[0], (double)b[1] - (double)a[1]);
}

int place_eye(const EyeRig *r, const float *pose, const Made *made, const float *contours,
              const int32_t *inside, Eye *e, int32_t *box) {
    const float *upper = contours + 2 * r->upper, *lower = contours + 2 * r->lower;
    float *margin = r->room, *points = margin + 2 * r->count;
    double look[2], down[2];
    look_of(r, pose, look);
    for (int k = 0; k < 2; k++)
        down[k] = (double)made->turn[3 * k] * r->down[0] + (double)made->turn[3 * k + 1] * r->down[1];
    double length = hypot(down[0], down[1]);
    length = length > 1e-6 ? length : 1e-6; /* an absurd pose may shrink the head to nothing */
    double lowered = r->follow * look[1] + r->squint * share_of((double)pose[r->entries[SQUINTS]]) -
                     r->wide * share_of((double)pose[r->entries[WIDENS]]);
    if (!(e->rolls > 0)) lowered -= r->slack;
    const double highest = e->rolls > 0 ? -r->most_wide : 0; /* a drawn lid comes down only */
    lowered = (lowered > highest ? lowered : highest) * length * r->mm;
    const float unit[2] = {(float)(down[0] / length), (float)(down[1] / length)};
    const double shut = share_of((double)pose[r->entries[BLINKS]]);
    const double blink = move_lid(r, unit, lowered, shut, upper, lower, margin);
    const float gaze[2] = {(float)((r->frame[0] * look[0] + r->frame[1] * look[1]) * r->mm),
                           (float)((r->frame[2] * look[0] + r->frame[3] * look[1]) * r->mm)};
    if (blink == 0 && gaze[0] == 0 && gaze[1] == 0) return 0;
    place_box(r, upper, lower, margin, r->reach[blink == 0 ? 0 : blink <= r->turns[0] ? 1 : 2],
              inside, box);
    const double closing = smooth(r->turns, blink);
    const double shown = e->rolls > 0 ? 1 : smooth(r->shows, blink);
    e->shown = (float)shown;
    e->turned = e->rolls > 0 ? (float)closing : 1;
    e->closing = e->rolls > 0 ? (float)closing : (float)shown; /* drawn as it is: with its line */
    e->upper = upper;
    e->lower = lower;
    e->margin = margin;
    e->count = r->count;
    e->with_ball = blink < r->fully_shut;
    e->with_lid = blink != 0;
    e->lash_points = e->lash_texels = upper; /* without lashes these are not looked at */
    if (e->closing > 0) {
        place_lashes(r, unit, box, margin, points);
        e->lash_points = points;
        e->lash_texels = r->lash_texels;
    }
    place_ball(r, upper, down, e->ball);
    for (int k = 0; k < 2; k++) {
        e->iris[k] = (float)((double)gaze[k] * r->scale);
        e->glint[k] = (float)((double)gaze[k] * r->scale * r->glint);
    }
    e->lid_line = blink < 0;
    const int middle = 2 * (r->count / 2);
    const double at = r->bulge[0] * distance(lower + middle, upper + middle) / r->px_per_mm;
    e->bulge_at = (float)at;
    e->bulge_width = (float)(r->bulge[1] * at + r->bulge[2]);
    e->shadow = blink < r->shadowless ? (float)(r->shadow * (double)e->closing) : 0;
    e->lash_opacity = (float)(r->lash_opacity * (double)e->closing);
    return 1;
}
