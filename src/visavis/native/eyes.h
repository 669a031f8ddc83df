/* One eye, its textures and how it is drawn. */
#ifndef VISAVIS_EYES_H
#define VISAVIS_EYES_H

#include "kernel.h"

#define MOST_POINTS 128 /* of a contour */

/* One eye's textures and the corners of their content: lid texels, ball texels. */
typedef struct {
    Texture lid, photo, cover, white, iris, glint, lashes; /* cover and lashes: alpha is opacity */
    float lid_left, lid_top;
    float lash_colour[3];
} EyeTextures;

/* One eye in one picture, px of the picture. */
typedef struct {
    const float *upper, *lower, *margin; /* (count, 2) */
    const float *lash_points, *lash_texels; /* (2 * count, 2) the lashes' ribbon; twice the px */
    int32_t count;
    int32_t with_ball, with_lid; /* what is drawn */
    float ball[6];               /* px to texels of the ball: x, y, 1 to u, then to v */
    float iris[2], glint[2];     /* texels that they have moved */
    float lid_line;              /* 0: the ball ends at upper, 1: at margin, and is not bent */
    float under;                 /* px below upper where a wide eye's white is taken from */
    float soft;                  /* the opening's edge, 1 / px */
    float mm;                    /* px per mm */
    float rolls, rigid, reach;   /* whether skin rolls; px that come down whole; px it reaches up */
    float shown, turned, closing; /* 0..1: the lid, its skin without lashes, the closing lid */
    float bulge_at, bulge_width; /* mm over the margin */
    float bulge, edge, shadow, lash_opacity; /* strengths */
} Eye;

EXPORT void visavis_eye(const EyeTextures *t, const Eye *e, const Cell *map, int x0, int y0, int width,
                 int height, uint8_t *picture, int stride, Cell *scratch);

#endif
