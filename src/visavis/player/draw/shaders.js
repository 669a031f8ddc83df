/**
 * The shaders: the same arithmetic as the CPU drawer's, a pixel at a time.
 *
 * Comes in: nothing. Goes out: GLSL. All pictures lie with their first row at the top, so
 * `gl_FragCoord.xy` is the output's px with y down; only the last step turns them over.
 */

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
`;

/** The coarse map, and textures that end where they end. */
const MAPS = `
uniform sampler2D coarse;
uniform vec2 origin;        // corner of the coarse map's first cell, output px
uniform vec4 view;          // output px to texels: scale, x, y, of the canvas, texels per canvas px
const float STEP = 8.0;
vec2 still(vec2 px) { return (px - view.yz) / view.x * view.w - 0.5; }
vec3 mapAt(vec2 px) {
  vec2 at = (px - origin) / STEP - 0.5;
  ivec2 i = ivec2(floor(at)), last = textureSize(coarse, 0) - 1;
  vec2 f = at - floor(at);
  vec3 a = texelFetch(coarse, clamp(i, ivec2(0), last), 0).rgb;
  vec3 b = texelFetch(coarse, clamp(i + ivec2(1, 0), ivec2(0), last), 0).rgb;
  vec3 c = texelFetch(coarse, clamp(i + ivec2(0, 1), ivec2(0), last), 0).rgb;
  vec3 d = texelFetch(coarse, clamp(i + ivec2(1, 1), ivec2(0), last), 0).rgb;
  vec3 found = mix(mix(a, b, f.x), mix(c, d, f.x), f.y);
  return vec3(found.xy + still(px), found.z);
}
`;
const SAMPLE = `
vec4 texel(sampler2D t, vec2 at) { return texture(t, (at + 0.5) / vec2(textureSize(t, 0))); }
vec4 bordered(sampler2D t, vec2 at) {  // nothing outside it
  vec2 room = min(at + 1.0, vec2(textureSize(t, 0)) - at);
  return texel(t, at) * clamp(room.x, 0.0, 1.0) * clamp(room.y, 0.0, 1.0);
}
`;

export const FULL_VERTEX = `${HEAD}
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1); }`;

export const COPY = `${HEAD}
uniform sampler2D source; out vec4 colour;
void main() { colour = texelFetch(source, ivec2(gl_FragCoord.xy), 0); }`;

/** The mesh: into the coarse map, or the lips at full resolution. */
const PLACE = `
layout(location = 0) in vec4 vertex; layout(location = 1) in vec2 uv;
uniform vec2 corner, size;   // of what is drawn into, output px
out vec3 value;
void place() {
  gl_Position = vec4((vertex.xy - corner) / size * 2.0 - 1.0, clamp((vertex.z - 1.0) * 20.0, -1.0, 1.0), 1);
}
`;
export const MESH_VERTEX = `${HEAD}${PLACE} void main() { value = vec3(uv, vertex.w); place(); }`;

/** How far each texel has come from where it rests. Corners of triangles are moved to sixteenths of a
 * cell (half a px) on some cards: told as a difference, that does not show. */
export const COARSE_VERTEX = `${HEAD}${PLACE}
uniform vec4 view;
void main() {
  value = vec3(uv - ((vertex.xy - view.yz) / view.x * view.w - 0.5), vertex.w);
  place();
}`;

export const COARSE = `${HEAD} in vec3 value; out vec4 found; void main() { found = vec4(value, 1); }`;

export const LIPS = `${HEAD}${SAMPLE}
uniform sampler2D person, behind;
in vec3 value; out vec4 colour;
void main() {
  vec4 seen = texel(person, value.xy);
  vec4 back = texelFetch(behind, ivec2(gl_FragCoord.xy), 0);
  colour = vec4((seen.rgb + back.rgb * (1.0 - seen.a)) * value.z, seen.a + back.a * (1.0 - seen.a));
}`;

export const PERSON = `${HEAD}${MAPS}${SAMPLE}
uniform sampler2D person, behind;
out vec4 colour;
void main() {
  vec3 at = mapAt(gl_FragCoord.xy);
  vec4 seen = texel(person, at.xy);
  vec4 back = texelFetch(behind, ivec2(gl_FragCoord.xy), 0);
  colour = vec4((seen.rgb + back.rgb * (1.0 - seen.a)) * at.z, seen.a + back.a * (1.0 - seen.a));
}`;

/** One eye: ball, lid, shadow. Goes out: what is added, and in alpha what remains of the picture. */
export const EYE = `${HEAD}${MAPS}${SAMPLE}
uniform sampler2D skin, photo, white, iris, glint, columns;
uniform vec2 box;            // corner, px
uniform vec3 ballX, ballY;   // output px to texels of the patch
uniform vec2 gaze, lidOrigin, unrollWay;
uniform vec2 roll;           // px
uniform vec3 shares;         // seen, without lashes, closing
uniform vec2 bow;            // middle and half width of the lid, px
uniform vec2 relief;         // where a lid bulges and how widely, mm
uniform float mm, blink;
uniform bool rolls;
out vec4 colour;
void main() {
  vec2 px = gl_FragCoord.xy;
  vec3 at = mapAt(px);
  float gain = at.z;
  vec3 line = texelFetch(columns, ivec2(int(px.x - box.x), 0), 0).rgb;
  float upper = line.x, lower = line.y, margin = line.z;
  vec3 sum = vec3(0);
  float left = 1.0;
  if (blink < 0.97) {
    vec2 local = vec2(dot(ballX, vec3(px, 1)), dot(ballY, vec3(px, 1)));
    vec4 disc = bordered(iris, local - gaze);
    vec3 light = bordered(glint, local - gaze * 0.35).rgb;
    float lid = upper;
    if (blink < 0.0) {       // what a wide eye shows more of is white like that below it
      lid = margin;
      local += max(upper + 0.6 * mm - px.y, 0.0) * vec2(ballX.y, ballY.y);
    }
    vec4 ball = bordered(white, local);
    float soft = 1.0 / max(2.5 * 0.35 * mm, 1.0);
    float open = clamp((px.y - lid) * soft + 0.5, 0.0, 1.0) * clamp((lower - px.y) * soft + 0.5, 0.0, 1.0);
    float amount = ball.a * open;
    sum = (ball.rgb * (1.0 - disc.a) + disc.rgb + light) * gain * amount;
    left = 1.0 - amount;
  }
  if (blink != 0.0) {
    float over = margin - px.y;
    vec2 here = at.xy - lidOrigin, source = here;
    if (rolls) {
      float moved = margin - upper, above = max(over - roll.x, 0.0);
      source -= moved * (1.0 - min(above / max(roll.y - roll.x + moved, 1.0), 1.0)) * unrollWay;
    }
    vec3 lid = mix(bordered(photo, source).rgb, bordered(skin, source).rgb, shares.y);
    float cover = bordered(skin, here).a * clamp(over + 0.5, 0.0, 1.0) * shares.x;
    float arch = clamp(1.0 - pow(abs(px.x - bow.x) / bow.y, 2.0), 0.0, 1.0);
    float height = over / mm;
    if (rolls) {
      float bulge = exp(-pow(abs(height - relief.x) / relief.y, 2.0));
      gain *= 1.0 + shares.z * (0.07 * bulge - 0.12 * exp(-max(height, 0.0) / 0.8)) * arch;
    }
    sum = sum * (1.0 - cover) + lid * gain * cover;
    left *= 1.0 - cover;
    if (shares.z > 0.0 && blink < 0.95) {
      float ball = clamp(lower - px.y + 0.5, 0.0, 1.0) * clamp(0.5 - over, 0.0, 1.0);
      float under = exp(-pow(min(over, 0.0) / (1.1 * mm), 2.0));
      float shadow = 1.0 - 0.35 * shares.z * under * sqrt(arch) * ball;
      sum *= shadow;
      left *= shadow;
    }
  }
  colour = vec4(sum, left);
}`;

/** A texture on a ribbon: teeth and tongue (premultiplied), or lashes (one colour, opacity). */
export const RIBBON_VERTEX = `${HEAD}
layout(location = 0) in vec4 point;   // x, y of the box in px, texel x, y
uniform vec2 corner, size;
out vec2 at;
void main() {
  at = point.zw;
  gl_Position = vec4((point.xy - corner) / size * 2.0 - 1.0, 0, 1);
}`;

export const STRIP = `${HEAD}${SAMPLE}
uniform sampler2D source; in vec2 at; out vec4 colour;
void main() { colour = bordered(source, at); }`;

export const LASHES = `${HEAD}${SAMPLE}
uniform sampler2D source; uniform vec3 tint; uniform float opacity;
in vec2 at; out vec4 colour;
void main() {
  vec2 x = dFdx(at) * 0.25, y = dFdy(at) * 0.25;
  float hair = bordered(source, at - x - y).g + bordered(source, at + x - y).g
    + bordered(source, at - x + y).g + bordered(source, at + x + y).g;
  colour = vec4(tint, hair * 0.25 * opacity);
}`;

export const FLAT = `${HEAD} out vec4 colour; void main() { colour = vec4(1); }`;

/** The inside of the mouth in shade; its alpha: where the lips let see. */
export const SHADE = `${HEAD}
uniform sampler2D strips, mask, columns;
uniform vec2 box;
uniform float mm, depth;
uniform vec2 wet;            // how far the lining of the lower and the upper lip reaches, mm
uniform vec3 shadow, corner, wetAbove, wetBelow, seam;
out vec4 colour;
void main() {
  ivec2 i = ivec2(gl_FragCoord.xy);
  vec4 a = texelFetch(columns, ivec2(i.x, 0), 0);   // top, bottom, light, corner
  vec4 b = texelFetch(columns, ivec2(i.x, 1), 0);   // fade, seam
  float y = gl_FragCoord.y + box.y;
  float below = max(y - a.x, 0.0) / mm, above = max(a.y - y, 0.0) / mm;
  float dark = 1.0 - depth * exp(-below / 1.7) - 0.18 * exp(-above / 0.9);
  vec3 seen = texelFetch(strips, i, 0).rgb * pow(vec3(clamp(dark * a.z, 0.06, 1.0)), shadow);
  seen = mix(seen, corner, a.w);
  seen = mix(seen, wetAbove * b.x, 0.8 * exp(-pow(above / wet.x, 2.0)));
  seen = mix(seen, wetBelow * b.x, 0.7 * exp(-pow(below / wet.y, 2.0)));
  seen = mix(seen, seam, b.y);
  float inside = 0.0;
  for (int k = 0; k < 16; k++) inside += texelFetch(mask, i * 4 + ivec2(k & 3, k >> 2), 0).r;
  colour = vec4(seen, inside / 16.0);
}`;

/** Half of a Gaussian blur: along one direction; alpha by a width of its own. */
export const BLUR = `${HEAD}
uniform sampler2D source;
uniform ivec2 way, area, target;  // direction; size of what is read; where it is drawn
uniform vec2 sigma;          // of the colour, of alpha, px
uniform int radius;
uniform float amount;
out vec4 colour;
void main() {
  ivec2 i = ivec2(gl_FragCoord.xy) - target;
  vec4 sum = vec4(0);
  vec2 all = vec2(0);
  for (int k = -radius; k <= radius; k++) {
    vec2 weight = exp(-0.5 * float(k * k) / (sigma * sigma));
    vec4 found = texelFetch(source, clamp(i + way * k, ivec2(0), area - 1), 0);
    sum += found * weight.xxxy;
    all += weight;
  }
  colour = sum / all.xxxy;
  colour.a *= amount;
}`;

/** Once for each avatar: 0 the lid's skin, 1 the same place as photographed, 2 the eye's white. */
export const PREPARE = `${HEAD}${SAMPLE}
uniform sampler2D source, other; uniform vec2 place; uniform int kind; uniform bool rolls;
out vec4 colour;
void main() {
  vec2 at = gl_FragCoord.xy - 0.5;
  vec4 own = texelFetch(source, ivec2(gl_FragCoord.xy), 0);
  if (kind == 2) { colour = vec4(own.rgb, texel(other, at + place).a); return; }
  vec3 lid = min(own.rgb / max(own.a, 1.0 / 255.0), vec3(1));
  float cover = rolls ? clamp(2.0 * own.a - 1.0, 0.0, 1.0) : own.a;
  colour = vec4(kind == 0 ? lid : mix(lid, texel(other, at + place).rgb, cover), cover);
}`;

/** The avatar's own background in the output, enlarged smoothly. */
export const BACKDROP = `${HEAD}
uniform sampler2D source; uniform vec4 view; out vec4 colour;
vec4 cubic(float t) {
  vec4 x = vec4(1.0 + t, t, 1.0 - t, 2.0 - t);
  const float a = -0.75;
  return vec4(((a * x.x - 5.0 * a) * x.x + 8.0 * a) * x.x - 4.0 * a,
    ((a + 2.0) * x.y - (a + 3.0)) * x.y * x.y + 1.0,
    ((a + 2.0) * x.z - (a + 3.0)) * x.z * x.z + 1.0,
    ((a * x.w - 5.0 * a) * x.w + 8.0 * a) * x.w - 4.0 * a);
}
int fold(int i, int n) { i = i < 0 ? -i - 1 : i; i = i % (2 * n); return i < n ? i : 2 * n - 1 - i; }
void main() {
  vec2 at = (gl_FragCoord.xy - view.yz) / view.x - 0.5;
  ivec2 i = ivec2(floor(at)), n = textureSize(source, 0);
  vec2 f = at - floor(at);
  vec4 wx = view.x < 1.0 ? vec4(0, 1.0 - f.x, f.x, 0) : cubic(f.x);
  vec4 wy = view.x < 1.0 ? vec4(0, 1.0 - f.y, f.y, 0) : cubic(f.y);
  vec3 sum = vec3(0);
  for (int y = 0; y < 4; y++) for (int x = 0; x < 4; x++)
    sum += wx[x] * wy[y] * texelFetch(source, ivec2(fold(i.x + x - 1, n.x), fold(i.y + y - 1, n.y)), 0).rgb;
  colour = vec4(clamp(sum, 0.0, 1.0), 1);
}`;

/** Beyond the canvas: the still picture mirrored and stretched; alpha: how far outside, in px / far. */
export const BESIDE = `${HEAD}${SAMPLE}
uniform sampler2D source, behind; uniform vec4 inside; uniform float fade; out vec4 colour;
vec2 look(float at, float a, float b) {
  if (at < a) return vec2(a + (a - at - 1.0) * 0.62, a - at);
  if (at > b - 1.0) return vec2(b - 1.0 - (at - (b - 1.0) - 1.0) * 0.62, at - (b - 1.0));
  return vec2(at, 0);
}
void main() {
  vec2 at = gl_FragCoord.xy - 0.5;
  vec2 x = look(at.x, inside.x, inside.z), y = look(at.y, inside.y, inside.w);
  vec2 from = vec2(clamp(x.x, inside.x, inside.z - 1.0), clamp(y.x, inside.y, inside.w - 1.0));
  float gone = smoothstep(0.0, 1.0, max(x.y, y.y) / fade);
  colour = vec4(mix(texel(source, from).rgb, texel(behind, from).rgb, gone), 1);
}`;

/** A softer copy takes over further out. */
export const SOFTER = `${HEAD}
uniform sampler2D source; uniform vec4 inside; uniform float far; out vec4 colour;
void main() {
  vec2 at = gl_FragCoord.xy - 0.5;
  vec2 d = max(max(inside.xy - at, at - (inside.zw - 1.0)), 0.0);
  float beyond = max(d.x, d.y);
  float share = far > 0.0 ? clamp(beyond / far, 0.0, 1.0) : step(0.5, beyond);
  colour = vec4(texelFetch(source, ivec2(gl_FragCoord.xy), 0).rgb, share);
}`;
