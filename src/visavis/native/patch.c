/* A patch of the picture straight into an encoder's planes, in plain C. */
#include "planes.h"

/* One of a patch's numbers at a place in it, px. */
static inline float at_px(const Cell corner[4], int k, float x, float y) {
    const float along = x * (1.0f / STEP), down = y * (1.0f / STEP);
    const float upper = corner[0][k] + (corner[1][k] - corner[0][k]) * along;
    const float lower = corner[2][k] + (corner[3][k] - corner[2][k]) * along;
    return upper + (lower - upper) * down;
}

void draw_patch_plainly(const Planes *t, const Patch *patch, uint8_t *luma, uint8_t *blue,
                        uint8_t *red, int stride) {
    const Cell *c = patch->corner;
    int through[STEP][STEP];
    for (int y = 0; y < STEP; y++)
        for (int x = 0; x < STEP; x++) {
            const float px = (float)x + 0.5f, py = (float)y + 0.5f;
            const float u = at_px(c, 0, px, py), v = at_px(c, 1, px, py);
            const float gain = patch->shaded ? at_px(c, 2, px, py) : 1;
            uint8_t *at = luma + (size_t)y * (size_t)stride + x;
            int value = product(look_up(luma_of(t), u, v, 0), (int)(gain * LUMA_SHARE + 0.5f));
            if (patch->mixed) {
                const int alpha = look_up(alpha_of(t), u, v, 0);
                through[y][x] = OPAQUE - alpha - (alpha >> 8);
                value += product((*at > 16 ? *at - 16 : 0) * 64, through[y][x]);
            }
            *at = clamped((value + 16 * 32 + 16) >> 5);
        }
    for (int y = 0; y < STEP; y += 2)
        for (int x = 0; x < STEP; x += 2) {
            const float px = (float)x + 1, py = (float)y + 1;
            const float u = halved(at_px(c, 0, px, py)), v = halved(at_px(c, 1, px, py));
            const float gain = patch->shaded ? at_px(c, 2, px, py) : 1;
            const int share = 2 * product((int)(gain * LUMA_SHARE + 0.5f), CHROMA_OF_LUMA);
            for (int k = 0; k < 2; k++) {
                uint8_t *at = (k ? red : blue) + (size_t)(y / 2) * (size_t)(stride / 2) + x / 2;
                int value = product(look_up(chroma_of(t), u, v, k) - 128 * 64, share);
                if (patch->mixed) {
                    const int sum = through[y][x] + through[y][x + 1] + through[y + 1][x] +
                                    through[y + 1][x + 1];
                    value += product((*at - 128) * 64, (sum + 2) >> 2);
                }
                *at = clamped((value + 128 * 32 + 16) >> 5);
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
        const float x = halved(u[i]), y = halved(v[i]);
        luma[i] = (int16_t)look_up(luma_of(t), u[i], v[i], 0);
        if (alpha) alpha[i] = (int16_t)look_up(alpha_of(t), u[i], v[i], 0);
        blue[i] = (int16_t)look_up(chroma_of(t), x, y, 0);
        red[i] = (int16_t)look_up(chroma_of(t), x, y, 1);
    }
}
#endif
