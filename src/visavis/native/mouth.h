/* The inside of a mouth, and how it is drawn. */
#ifndef VISAVIS_MOUTH_H
#define VISAVIS_MOUTH_H

#include "kernel.h"

/* A textured ribbon, in mm from the closed seam along the mouth's axes. */
typedef struct {
    const uint8_t *pixels; /* (height, width, 4) premultiplied, its border of one texel empty */
    const float *x;        /* (columns,) the texture begins, inside its border, at the first */
    const float *rows;     /* (3, columns) y of its edges, then depth */
    int32_t width, height, columns;
    float jaw;             /* share of the jaw's way */
} Strip;

/* What a mouth looks like, and where it is in one picture. */
typedef struct {
    const float *upper, *lower; /* (count, 2) edges of the lips, px of the box */
    int32_t count;
    float cavity[3], corner[3], wet_upper[3], wet_lower[3], seam[3], warmth[3];
    float axes[6];                    /* x, y, z of the mouth, px per mm */
    float origin[2], jaw_shift[2];    /* the closed seam, px of the box; the jaw's way, px */
    float texels_per_mm;
    float per_mm;                     /* 1 / px per mm */
    float depth_below, depth_above;   /* how dark the shadow of the lips is */
    float reach_below, reach_above;   /* how far it reaches, 1 / mm */
    float share_above, share_below;   /* how much is seen of the linings */
    float seam_mm;                    /* lips this close show their seam only */
    float light;                      /* brightness of everything inside */
    float seen;                       /* 0..1, of the whole */
    float lens, edge;                 /* sigma of the lens, and of the lips' edge, px */
} MouthLook;

EXPORT void visavis_mouth(const MouthLook *look, const Strip *strips, int count, int width, int height,
                   uint8_t *picture, int stride, float *scratch);

#endif
