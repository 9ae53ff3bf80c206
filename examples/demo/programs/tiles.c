// SPDX-License-Identifier: MIT
/*
 * A map-tile renderer: the program whose memory grows. Each run asks for a
 * canvas of 3 to 6 MiB with memory.grow and draws a few tiles of the
 * Mandelbrot set on a wide grid over it; most of the canvas stays untouched.
 *
 * random_get chooses the tiles and the size; the time stamp is the clock's.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "wasm.h"

#define WASM_PAGE 65536u
#define WIDTH 1024u /* pixels a row, which is 4 KiB */
#define TILE_WIDTH 48u
#define TILE_HEIGHT 16u
#define TILES 2u
#define GRID 128u /* rows between two tiles */
#define ITERATIONS 48u
#define ONE (1 << 26) /* fixed point: 6 bits before the point, 26 after */

struct settings {
	uint32_t height, palette;
	uint32_t column[TILES], row[TILES];
	int32_t left[TILES], top[TILES];
};

static uint32_t palette[256];
static uint32_t *canvas;
static uint32_t drawn;

static int32_t multiply(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b) >> 26);
}

static uint32_t escape_time(int32_t x0, int32_t y0)
{
	int32_t x = 0, y = 0;
	uint32_t i;

	for (i = 0; i < ITERATIONS; i++) {
		int32_t xx = multiply(x, x), yy = multiply(y, y);

		if ((int64_t)xx + yy > 4ll * ONE)
			break;
		y = 2 * multiply(x, y) + y0;
		x = xx - yy + x0;
	}
	return i;
}

static void draw_tile(const struct settings *s, unsigned int tile)
{
	int32_t step = ONE / 128;

	for (uint32_t row = 0; row < TILE_HEIGHT; row++) {
		uint32_t *line = canvas + (s->row[tile] + row) * WIDTH + s->column[tile];

		for (uint32_t column = 0; column < TILE_WIDTH; column++) {
			uint32_t n = escape_time(s->left[tile] + (int32_t)column * step,
						 s->top[tile] + (int32_t)row * step);

			line[column] = palette[(n * 5 + s->palette) & 255];
			drawn++;
		}
	}
}

/* The tile again, one character a 2x2 block, read back from the canvas. */
static void print_tile(const struct settings *s, unsigned int tile)
{
	static const char shades[] = " .:-=+*#%@";

	printf("tile %u at %u,%u\n", tile, (unsigned int)s->column[tile],
	       (unsigned int)s->row[tile]);
	for (uint32_t row = 0; row < TILE_HEIGHT; row += 2) {
		for (uint32_t column = 0; column < TILE_WIDTH; column += 2) {
			uint32_t pixel =
				canvas[(s->row[tile] + row) * WIDTH + s->column[tile] + column];

			putchar(shades[(pixel & 255) * 10 / 256]);
		}
		putchar('\n');
	}
}

static void settings_draw_lots(struct settings *s)
{
	uint32_t lots[2 + 4 * TILES];

	if (getentropy(lots, sizeof(lots)))
		memset(lots, 0, sizeof(lots));
	s->height = 768 + lots[0] % 768;
	s->palette = lots[1];
	for (unsigned int i = 0; i < TILES; i++) {
		const uint32_t *lot = lots + 2 + 4 * i;

		s->column[i] = lot[0] % (WIDTH - TILE_WIDTH);
		s->row[i] = lot[1] % (s->height / GRID) * GRID;
		s->left[i] = (int32_t)(lot[2] % (2 * ONE)) - 3 * (ONE / 2);
		s->top[i] = (int32_t)(lot[3] % (2 * ONE)) - ONE;
	}
}

EXPORT("setup") void setup(void)
{
	for (uint32_t i = 0; i < 256; i++)
		palette[i] = (i * 7 & 255) << 16 | (i * 3 & 255) << 8 | i;
}

EXPORT("run") uint32_t run(void)
{
	struct settings s;
	struct timespec now;
	size_t bytes, old;

	settings_draw_lots(&s);
	bytes = (size_t)s.height * WIDTH * sizeof(canvas[0]);
	old = __builtin_wasm_memory_grow(0, (bytes + WASM_PAGE - 1) / WASM_PAGE);
	if (old == (size_t)-1) {
		printf("no memory for %u rows\n", (unsigned int)s.height);
		return 0;
	}
	canvas = (uint32_t *)(old * WASM_PAGE);
	for (unsigned int i = 0; i < TILES; i++)
		draw_tile(&s, i);
	for (unsigned int i = 0; i < TILES; i++)
		print_tile(&s, i);
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%u pixels of %u drawn at %lld\n", (unsigned int)drawn,
	       (unsigned int)(s.height * WIDTH), (long long)now.tv_sec);
	fflush(stdout);
	return drawn;
}
