/* A whole picture, straight into an encoder's planes: two calls for each, since a call from Python
 * costs more than much of what is done here.
 */
#include "lids.h"
#include "mouth.h"
#include "planes.h"

#include <math.h>

/* An avatar in one view. */
typedef struct {
    const Person *person;
    const Planes *planes;
    const uint8_t *behind; /* I420 */
    uint8_t *picture;      /* (height, width, 4), used in the boxes of lips and eyes only */
    const int32_t *lips, *outer; /* triangles near the mouth, back to front; vertices */
    const EyeTextures *textures[2]; /* NULL: this eye stays as it is */
    const EyeRig *rigs[2];
    Eye *eyes[2];
    const MouthRig *mouth;
    MouthLook *look;
    Strip *strips; /* room for four */
    int32_t lip_count, outer_count;
    int32_t roi[4]; /* the part of the picture that changes */
    double lip_margin, least_gain; /* px; smaller changes of brightness are not applied */
} Scene;

/* What changes in one picture: boxes of the region, the lips, then of each eye that is drawn. */
typedef struct {
    int32_t boxes[4][4];
    int32_t mouth[4];    /* the part of the lips' that their hole is in */
    int32_t eyes[2];     /* which those are */
    int32_t count, shaded;
    int32_t strips;      /* of the mouth; -1: it is shut */
    int32_t kept, more; /* floats needed: all the while, and by one thing after the other */
} Places;

static void place_lips(const Scene *s, const float *points, int32_t *box) {
    float low[2] = {1e30f, 1e30f}, high[2] = {-1e30f, -1e30f};
    for (int i = 0; i < s->outer_count; i++) {
        const int32_t at = s->outer[i];
        if ((uint32_t)at >= (uint32_t)s->person->vertex_count) continue;
        for (int k = 0; k < 2; k++) {
            const float v = points[2 * at + k];
            low[k] = v < low[k] ? v : low[k];
            high[k] = v > high[k] ? v : high[k];
        }
    }
    for (int k = 0; k < 2; k++) {
        const int32_t first = s->roi[k], last = s->roi[2 + k];
        const int from =
            whole_px(floor((double)low[k] - s->lip_margin), first, last - 1);
        const int past = whole_px(ceil((double)high[k] + s->lip_margin), from + 1, last);
        box[k] = from & ~1;
        box[2 + k] = (past + 1) & ~1;
    }
}

static size_t area(const int32_t *box) {
    return (size_t)(box[2] - box[0]) * (size_t)(box[3] - box[1]);
}

/* The map and the boxes of a picture. made: what visavis_geometry writes; contour_count of it. */
EXPORT void visavis_places(const Scene *s, const float *pose, const float *made, int contour_count,
                           Places *out) {
    const Person *p = s->person;
    const float *depth = made + (size_t)2 * p->vertex_count, *gain = depth + p->vertex_count;
    const Made *also = (const Made *)(const void *)(gain + p->vertex_count);
    const float *contours = (const float *)(also + 1);
    out->shaded = (double)visavis_map(p, made, depth, gain) >= s->least_gain;
    memcpy(out->boxes[0], s->roi, sizeof s->roi);
    place_lips(s, made, out->boxes[1]);
    out->count = 0;
    size_t kept = 0, most = 4 * area(out->boxes[1]);
    for (int i = 0; i < 2; i++) {
        const EyeRig *r = s->rigs[i];
        int32_t *box = out->boxes[2 + out->count];
        if (!r || r->count < 2 || r->count > MOST_POINTS || r->upper + r->count > contour_count ||
            r->lower + r->count > contour_count ||
            !place_eye(r, pose, also, contours, s->roi, s->eyes[i], box))
            continue;
        out->eyes[out->count++] = i;
        kept += 4 * area(box);
        most = most > 16 * area(box) ? most : 16 * area(box);
    }
    const MouthRig *m = s->mouth;
    out->strips = -1;
    if (m->upper + m->count <= contour_count && m->lower + m->count <= contour_count)
        out->strips = place_mouth(m, pose, also, contours, out->boxes[1], s->look, s->strips,
                                  out->mouth);
    if (out->strips >= 0) {
        const size_t wide = (size_t)(out->mouth[2] - out->mouth[0]);
        const size_t needed = 8 * area(out->mouth) + 7 * wide + MOUTH_LINE;
        most = most > needed ? most : needed;
    }
    out->kept = (int32_t)kept;
    out->more = (int32_t)most;
}

/* Draw it. scratch: what Places keeps and more. */
EXPORT void visavis_scene(const Scene *s, const Places *places, const float *made, float *scratch,
                          uint8_t *out) {
    const Person *p = s->person;
    const int shaded = places->shaded;
    const float *gain = made + (size_t)3 * p->vertex_count;
    visavis_planes(p, s->planes, places->boxes[0], 1 + places->count, shaded, s->behind, out);
    Cell *maps[2], *free = (Cell *)(void *)scratch;
    for (int i = 0; i < places->count; i++) {
        const int32_t *box = places->boxes[2 + i];
        maps[i] = free;
        free += area(box);
        visavis_enlarge(p, box[0], box[1], box[2], box[3], maps[i]);
        visavis_box(p, s->planes, maps[i], box, shaded, s->behind, s->picture);
    }
    const int32_t *lips = places->boxes[1];
    visavis_enlarge(p, lips[0], lips[1], lips[2], lips[3], free);
    visavis_paint(p, s->lips, s->lip_count, made, gain, free, lips[0], lips[1], lips[2] - lips[0],
                  lips[3] - lips[1]);
    visavis_box(p, s->planes, free, lips, shaded, s->behind, s->picture);
    const int32_t *mouth = places->mouth;
    if (places->strips >= 0)
        visavis_mouth(s->look, s->strips, places->strips, mouth[2] - mouth[0], mouth[3] - mouth[1],
                      s->picture + 4 * ((size_t)mouth[1] * p->width + mouth[0]), p->width,
                      (float *)(void *)free);
    for (int i = 0; i < places->count; i++) {
        const int32_t *box = places->boxes[2 + i];
        const int eye = places->eyes[i];
        visavis_eye(s->textures[eye], s->eyes[eye], maps[i], box[0], box[1], box[2] - box[0],
                    box[3] - box[1], s->picture + 4 * ((size_t)box[1] * p->width + box[0]),
                    p->width, free);
    }
    for (int i = 0; i <= places->count; i++)
        visavis_i420(s->picture, p->width, p->height, places->boxes[1 + i], out);
}
