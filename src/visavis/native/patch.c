/* A patch of the picture straight into an encoder's planes, in plain C. */
#include "planes.h"

/* A patch's numbers at one of its px. */
static inline float at_px(const Cell corner[4], int k, int x, int y) {
    const float along = ((float)x + 0.5f) * (1.0f / STEP), down = ((float)y + 0.5f) * (1.0f / STEP);
    const float upper = corner[0][k] + (corner[1][k] - corner[0][k]) * along;
    const float lower = corner[2][k] + (corner[3][k] - corner[2][k]) * along;
    return upper + (lower - upper) * down;
}

void draw_patch_plainly(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue,
                        uint8_t *red, int stride) {
    for (int y = 0; y < STEP; y++)
        for (int x = 0; x < STEP; x++) {
            const Place at =
                place(t, at_px(patch->corner, 0, x, y), at_px(patch->corner, 1, x, y));
            const float gain = patch->shaded ? at_px(patch->corner, 2, x, y) : 1;
            const int share = (int)(gain * LUMA_SHARE + 0.5f);
            uint8_t *px = luma + (size_t)y * (size_t)stride + x;
            int value = product(look_up(t->luma, t, at, 1), share), through = 0;
            if (patch->mixed) {
                const int alpha = look_up(t->alpha, t, at, 1);
                through = OPAQUE - alpha - (alpha >> 8);
                value += product((*px > 16 ? *px - 16 : 0) * 64, through);
            }
            *px = clamped((value + 16 * 32 + 16) >> 5);
            if ((x | y) & 1) continue;
            for (int k = 0; k < 2; k++) {
                px = (k ? red : blue) + (size_t)(y / 2) * (size_t)(stride / 2) + x / 2;
                value = look_up(t->chroma + k, t, at, 2) - 128 * 64;
                value = product(value, 2 * product(share, CHROMA_OF_LUMA));
                if (patch->mixed) value += product((*px - 128) * 64, through);
                *px = clamped((value + 128 * 32 + 16) >> 5);
            }
        }
}

#ifndef __AVX2__
void draw_patch(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue, uint8_t *red,
                int stride) {
    draw_patch_plainly(t, patch, luma, blue, red, stride);
}

void look_up_row(const Planes *t, const float *u, const float *v, int count, int16_t *luma,
                 int16_t *alpha, int16_t *blue, int16_t *red) {
    for (int i = 0; i < count; i++) {
        const Place at = place(t, u[i], v[i]);
        luma[i] = (int16_t)look_up(t->luma, t, at, 1);
        alpha[i] = (int16_t)look_up(t->alpha, t, at, 1);
        blue[i] = (int16_t)look_up(t->chroma, t, at, 2);
        red[i] = (int16_t)look_up(t->chroma + 1, t, at, 2);
    }
}
#endif
