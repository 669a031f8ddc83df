/* RGBA to I420: BT.601 limited range, chroma of the mean of 2 x 2 px. 16 bits are enough:
 * coefficients in 1/256. */
#include "kernel.h"

static inline int mean(const uint32_t px[4], int bits) {
    const uint32_t sum = ((px[0] >> bits) & 255) + ((px[1] >> bits) & 255) +
                         ((px[2] >> bits) & 255) + ((px[3] >> bits) & 255);
    return (int)((sum + 2) >> 2);
}

/* A box of a picture (height, width, 4) into planes (height * 3 / 2, width); x0, y0, x1, y1, even. */
EXPORT void visavis_i420(const uint8_t *picture, int width, int height, const int32_t *box,
                         uint8_t *planes) {
    const int x0 = box[0], x1 = box[2];
    uint8_t *blues = planes + (size_t)width * height;
    uint8_t *reds = blues + (size_t)(width / 2) * (height / 2);
    if (x0 < 0 || x1 > width || box[1] < 0 || box[3] > height) return;
    for (int y = box[1]; y < box[3]; y++) {
        const uint8_t *row = picture + ((size_t)y * width + x0) * 4;
        uint8_t *luma = planes + (size_t)y * width + x0;
        for (int x = 0; x < x1 - x0; x++) {
            uint32_t p;
            memcpy(&p, row + 4 * x, 4);
            const uint32_t r = p & 255, g = (p >> 8) & 255, b = (p >> 16) & 255;
            /* 65.738, 129.057, 25.064: doubled once more they would not fit */
            luma[x] = (uint8_t)((66 * r + 129 * g + 25 * b + 4224) >> 8);
        }
        if (y & 1) continue;
        const size_t at = (size_t)(y / 2) * (width / 2) + x0 / 2;
        uint8_t *blue = blues + at, *red = reds + at;
        const uint8_t *next = row + (size_t)width * 4;
        for (int x = 0; x < (x1 - x0) / 2; x++) {
            uint32_t px[4];
            memcpy(px, row + 8 * x, 8);
            memcpy(px + 2, next + 8 * x, 8);
            const int r = mean(px, 0), g = mean(px, 8), b = mean(px, 16);
            blue[x] = (uint8_t)((-38 * r - 74 * g + 112 * b + 32896) >> 8);
            red[x] = (uint8_t)((112 * r - 94 * g - 18 * b + 32896) >> 8);
        }
    }
}
