/* RGBA to I420: BT.601 limited range, chroma of a 2 x 2 block from its first pixel, as
 * cv2.COLOR_RGBA2YUV_I420 does. 16 bits are enough: coefficients in 1/256. */
#include "kernel.h"

/* picture: (height, width, 4); planes: (height * 3 / 2, width); rows y0 (even) to y1. */
EXPORT void visavis_i420(const uint8_t *picture, int width, int height, uint8_t *planes) {
    uint8_t *luma = planes, *blue = planes + (size_t)width * height;
    uint8_t *red = blue + (size_t)(width / 2) * (height / 2);
    for (int y = 0; y < height; y++) {
        const uint8_t *row = picture + (size_t)y * width * 4;
        for (int x = 0; x < width; x++) {
            uint32_t p;
            memcpy(&p, row + 4 * x, 4);
            const uint32_t r = p & 255, g = (p >> 8) & 255, b = (p >> 16) & 255;
            /* 65.738, 129.057, 25.064: doubled once more they would not fit */
            *luma++ = (uint8_t)((66 * r + 129 * g + 25 * b + 4224) >> 8);
        }
        if (y & 1) continue;
        for (int x = 0; x < width / 2; x++) {
            uint32_t p;
            memcpy(&p, row + 8 * x, 4);
            const int r = p & 255, g = (p >> 8) & 255, b = (p >> 16) & 255;
            *blue++ = (uint8_t)((-38 * r - 74 * g + 112 * b + 32896) >> 8);
            *red++ = (uint8_t)((112 * r - 94 * g - 18 * b + 32896) >> 8);
        }
    }
}
