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

enum { JAW_OPENS, TONGUE_UP, TONGUE_OUT, PUCKERS, FUNNELS, SOURCE, MOUTH_ENTRIES };

/* A mouth as a pose moves it, in one view; render/mouth.py and render/strips.py say what these are. */
typedef struct {
    const float *least;         /* (count,) px that its lips are apart at least; NULL: closed */
    const float *dome, *squared; /* (columns,) of the tongue and of the upper teeth */
    float *room;                /* (4 * count) for the lips' edges */
    const Strip *strips;        /* tongue, lower teeth, the tongue's tip, upper teeth */
    float *rows[4];             /* theirs: both edges are set for each picture */
    int32_t upper, lower, count;    /* where the lips begin among the contours */
    int32_t entries[MOUTH_ENTRIES]; /* of the pose */
    double px_per_mm, margin, shut_mm, seam_mm, seen[4], dim[3], pursed[3];
    double jaw_mm, shown_mm, shown_from[2], rounded, funnel_rounds, lower_edge, tongue_rises;
    double tongue_back[2], tongue_raised, tongue_front, rough, row[2], tip[3], tip_share, bend;
    float upper_row[2];
} MouthRig;

/* Place a mouth: what of look changes with the pose, up to four strips, and the part of a box
 * (x0, y0, x1, y1) that it is drawn in. Returns how many strips; -1 if it is shut. */
int place_mouth(const MouthRig *r, const float *pose, const Made *made, const float *contours,
                const int32_t *box, MouthLook *look, Strip *strips, int32_t *hole);

#define MOUTH_LINE 1024 /* floats of scratch memory beside those of a box */

EXPORT void visavis_mouth(const MouthLook *look, const Strip *strips, int count, int width, int height,
                   uint8_t *picture, int stride, float *scratch);

#endif
