/* An eye of an avatar as a pose moves it. */
#ifndef VISAVIS_LIDS_H
#define VISAVIS_LIDS_H

#include "eyes.h"

enum { LOOK_IN, LOOK_OUT, LOOK_UP, LOOK_DOWN, GAZE_X, GAZE_Y, SQUINTS, WIDENS, BLINKS, EYE_ENTRIES };

/* render/lids.py and render/eyes.py say what these mean, in one view. */
typedef struct {
    const float *bow;         /* (count,) 1 in a lid's middle, 0 at its corners */
    const float *lash_texels; /* (2 * count, 2) */
    float *room;              /* (6 * count) for the margin and the lashes' points */
    int32_t upper, lower, count;  /* where the lids begin among the contours; 2 to MOST_POINTS */
    int32_t entries[EYE_ENTRIES]; /* of the pose */
    double outwards, turn, per_degree, most_gaze;         /* of the iris; degrees, mm */
    double follow, squint, wide, most_wide, slack, most_lowered; /* of the lid; mm */
    double resting, down[2], corners[4], frame[4], mm;    /* at rest, canvas px */
    double scale, origin[2];  /* texels per canvas px, and of the ball's textures */
    double px_per_mm, reach[3][4]; /* output px: as photographed, without lashes, with them */
    double turns[2], shows[2];     /* between these blinks: lashes, lids drawn as they are */
    double fully_shut, shadowless, glint, bulge[3], shadow, lash_opacity;
    float lashes[2], oversample;   /* above and below the margin, output px */
} EyeRig;

/* Place an eye: what of e changes with the pose, and the box (x0, y0, x1, y1) that it is drawn in.
 * inside: the part of the picture that may change. Returns 0 if it is as photographed. */
int place_eye(const EyeRig *r, const float *pose, const Made *made, const float *contours,
              const int32_t *inside, Eye *e, int32_t *box);

#endif
