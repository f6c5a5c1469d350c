/* The reference game by hand: a vector of futures runs all its weeks in registers and the first cache.
 *
 * Single precision, xoshiro128+ in every lane, normals by Box and Muller, polynomials for exp2, log, sine and cosine.
 * Lanes whose future has ended are frozen until the others of their vector have ended too. Each thread calls `play`
 * with its own `sums`; blocks of futures are handed out by a counter that all share.
 *
 *     cc -O3 -march=native -ffast-math -shared -fPIC reference_game.c -o reference_game.so */
#include <stdatomic.h>
#include <string.h>

#include "lanes.h"

#define ACTORS 4
#define MOVES 10
#define STOCKS 12
#define BLOCK 1024
#define LOG2_E 1.4426950408889634f
#define EACH(i, n) _Pragma("GCC unroll 16") for (int i = 0; i < (n); i++)

typedef struct { words s0, s1, s2, s3; } generator;
typedef struct {
    float base[ACTORS][MOVES], slope[ACTORS][MOVES][STOCKS], effect[ACTORS][MOVES][STOCKS];
    float keep[STOCKS], drift[STOCKS], sigma[STOCKS], cost[ACTORS][MOVES], start[STOCKS];
    float clip, log_mean, log_sd, hazard; /* of the thresholds; of war above one */
} game;
typedef struct { double wars, war_weeks, live, end[STOCKS], squared[STOCKS], chosen[ACTORS][MOVES]; } sums;
typedef struct { /* the game as the inner loop wants it: utilities in bits, effects by stock and then move */
    float base[ACTORS][MOVES], slope[ACTORS][MOVES][STOCKS], cost[ACTORS][MOVES];
    float keep[STOCKS], drift[STOCKS], sigma[STOCKS], effect[ACTORS][STOCKS][16];
} table;

INLINE vec uniform(generator *r) {
    words out = add_words(r->s0, r->s3), t = shift_left_9(r->s1);
    r->s2 = xor_words(r->s2, r->s0);
    r->s3 = xor_words(r->s3, r->s1);
    r->s1 = xor_words(r->s1, r->s2);
    r->s0 = xor_words(r->s0, r->s3);
    r->s2 = xor_words(r->s2, t);
    r->s3 = rotate_left_11(r->s3);
    return unit(out);
}

INLINE vec power_of_two(vec x) {
    words n;
    vec k = whole(x, &n), f = x - k, p = same(1.3333558e-3f);
    p = fma_(p, f, same(9.6181291e-3f));
    p = fma_(p, f, same(5.5504109e-2f));
    p = fma_(p, f, same(2.4022651e-1f));
    p = fma_(p, f, same(6.9314718e-1f));
    p = fma_(p, f, same(1.0f));
    return times_power_of_two(p, k, n);
}

INLINE vec logarithm(vec x) { /* natural, x in (0, 1] */
    vec e, m = mantissa(x, &e), s = (m - same(1.0f)) / (m + same(1.0f)), z = s * s;
    vec p = fma_(fma_(fma_(same(0.2222222f), z, same(0.2857143f)), z, same(0.4f)), z, same(0.6666667f));
    return fma_(e, same(0.69314718f), fma_(s * z, p, s + s));
}

INLINE void normal_pair(generator *r, vec *a, vec *b) {
    vec radius = root(same(-2.0f) * logarithm(same(1.0f) - uniform(r)));
    words quarter;
    vec turn = uniform(r) * same(4.0f), f = (turn - whole(turn, &quarter)) * same(1.57079633f), z = f * f;
    vec sine = fma_(fma_(fma_(same(-1.9515296e-4f), z, same(8.3321609e-3f)), z, same(-1.6666655e-1f)), z * f, f);
    vec cosine = fma_(fma_(fma_(same(2.4433157e-5f), z, same(-1.3887316e-3f)), z, same(4.1666646e-2f)), z * z,
                      fma_(same(-0.5f), z, same(1.0f)));
    *a = radius * turn_sign(pick(odd(quarter), cosine, sine), quarter);
    *b = radius * turn_sign(pick(odd(quarter), sine, cosine), one_more(quarter));
}

static uint64_t splitmix(uint64_t *z) {
    uint64_t x = (*z += 0x9e3779b97f4a7c15ull);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

static generator generator_of(uint64_t seed) {
    uint32_t w[4][LANES];
    for (int i = 0; i < 4; i++) for (int l = 0; l < LANES; l++) w[i][l] = (uint32_t)(splitmix(&seed) >> 32);
    return (generator){load_words(w[0]), load_words(w[1]), load_words(w[2]), load_words(w[3])};
}

/* One week of a vector of futures. Returns the lanes in which war breaks out. */
INLINE mask week(const game *g, const table *p, generator *r, vec *x, const vec *threshold, mask live,
                 tally above[ACTORS][MOVES]) {
    vec seen[STOCKS], next[STOCKS];
    EACH(s, STOCKS) {
        seen[s] = least(most(x[s], same(-g->clip)), same(g->clip));
        next[s] = fma_(x[s], same(p->keep[s]), same(p->drift[s]));
    }
    EACH(h, STOCKS / 2) {
        vec a, b;
        normal_pair(r, &a, &b);
        next[2 * h] = fma_(a, same(p->sigma[2 * h]), next[2 * h]);
        next[2 * h + 1] = fma_(b, same(p->sigma[2 * h + 1]), next[2 * h + 1]);
    }
    for (int a = 0; a < ACTORS; a++) {
        vec up_to[MOVES];
        EACH(m, MOVES) {
            vec u = same(p->base[a][m]);
            EACH(s, STOCKS) u = fma_(seen[s], same(p->slope[a][m][s]), u);
            up_to[m] = u;
        }
        up_to[0] = power_of_two(up_to[0]);
        EACH(i, MOVES - 1) {
            mask can = at_least(x[a], same(p->cost[a][i + 1]));
            up_to[i + 1] = pick(can, up_to[i] + power_of_two(up_to[i + 1]), up_to[i]);
        }
        vec target = uniform(r) * up_to[MOVES - 1];
        words choice = no_words();
        EACH(m, MOVES - 1) {
            mask more = at_least(target, up_to[m]);
            choice = add_where(choice, more);
            add_mask(&above[a][m], more & live);
        }
        EACH(s, STOCKS) next[s] += look_up(p->effect[a][s], choice);
    }
    EACH(s, STOCKS) x[s] = pick(live, next[s], x[s]);
    mask over = at_least(x[ACTORS], threshold[0]);
    EACH(j, ACTORS - 1) over |= at_least(x[ACTORS + j + 1], threshold[j + 1]);
    return over & live & below(uniform(r), same(g->hazard));
}

/* Play blocks until the counter says that all have been taken; what they came to is added to `out`. */
void play(const game *g, long futures, int weeks, uint64_t seed, atomic_long *next_block, sums *out) {
    table p;
    memset(&p, 0, sizeof p);
    for (int a = 0; a < ACTORS; a++) for (int m = 0; m < MOVES; m++) {
        p.base[a][m] = g->base[a][m] * LOG2_E;
        p.cost[a][m] = g->cost[a][m];
        for (int s = 0; s < STOCKS; s++) {
            p.slope[a][m][s] = g->slope[a][m][s] * LOG2_E;
            p.effect[a][s][m] = g->effect[a][m][s];
        }
    }
    memcpy(p.keep, g->keep, sizeof p.keep);
    memcpy(p.drift, g->drift, sizeof p.drift);
    memcpy(p.sigma, g->sigma, sizeof p.sigma);
    for (;;) {
        long block = atomic_fetch_add(next_block, 1), left = futures - block * BLOCK;
        if (left <= 0) return;
        if (left > BLOCK) left = BLOCK;
        generator r = generator_of(seed * 0x100000001b3ull + (uint64_t)block * 0x1d8e4e27c47d124full);
        vec end[STOCKS], squared[STOCKS];
        EACH(s, STOCKS) end[s] = squared[s] = same(0.0f);
        tally above[ACTORS][MOVES], lived;
        memset(above, 0, sizeof above);
        memset(&lived, 0, sizeof lived);
        for (; left > 0; left -= LANES) {
            vec x[STOCKS], threshold[ACTORS], lane;
            for (int l = 0; l < LANES; l++) ((float *)&lane)[l] = (float)l;
            mask used = below(lane, same((float)left)), live = used;
            EACH(h, ACTORS / 2) {
                vec a, b;
                normal_pair(&r, &a, &b);
                threshold[2 * h] = power_of_two(fma_(a, same(g->log_sd * LOG2_E), same(g->log_mean * LOG2_E)));
                threshold[2 * h + 1] = power_of_two(fma_(b, same(g->log_sd * LOG2_E), same(g->log_mean * LOG2_E)));
            }
            EACH(s, STOCKS) x[s] = same(g->start[s]);
            for (int t = 1; t <= weeks && any(live); t++) {
                mask war = week(g, &p, &r, x, threshold, live, above);
                add_mask(&lived, live);
                if (any(war)) {
                    out->wars += count(war);
                    out->war_weeks += (double)t * count(war);
                    live = live & ~war;
                }
            }
            EACH(s, STOCKS) {
                vec kept = pick(used, x[s], same(0.0f));
                end[s] += kept;
                squared[s] = fma_(kept, kept, squared[s]);
            }
        }
        EACH(s, STOCKS) {
            out->end[s] += sum(end[s]);
            out->squared[s] += sum(squared[s]);
        }
        out->live += total(lived);
        for (int a = 0; a < ACTORS; a++) for (int m = 0; m < MOVES; m++)
            out->chosen[a][m] += (m ? total(above[a][m - 1]) : total(lived)) - (m < MOVES - 1 ? total(above[a][m]) : 0);
    }
}
